"""Settings, which the test writes as JSON; the file's path is in DEVCLOUD_BOOTS."""
import json
import os

SERVER = 'devcloud.server'
ROUTER = 'kpaas-devcloud-router'
PUBLIC = 'kpaas-devcloud-public'


class Config:
    def __init__(self, path=None):
        with open(path or os.environ['DEVCLOUD_BOOTS']) as f:
            values = json.load(f)
        self.socket = values['socket']
        self.machine_image = values['machineImage']
        # mount paths of data disks by role, which is in the server's metadata
        self.data_paths = values['dataPaths']
        # of the container engine: privileges and mounts of a system container
        self.host_config = values['hostConfig']
        self.public_subnet = values['publicSubnet']
        self.public_gateway = values['publicGateway']


def uplink_mtu():
    """Larger packets would not leave this machine."""
    try:
        with open('/proc/net/route') as f:
            routes = [line.split('\t') for line in f.read().splitlines()[1:]]
        uplink = next(r[0] for r in routes if r[1] == '00000000')
        with open('/sys/class/net/%s/mtu' % uplink) as f:
            return min(1450, int(f.read()))
    except (OSError, StopIteration, ValueError):
        return 1450
