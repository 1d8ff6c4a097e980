"""Servers as system containers, volumes as the container engine's."""
import subprocess

from devcloud_boots.config import SERVER

VOLUME = 'devcloud.volume'
SEED = 'var/lib/cloud/seed/config_drive/'
# Debian's own would flush the agent's rules at boot: on a cloud they are outside the machine.
NFTABLES = ('etc/nftables.conf', b'# The security groups are in a table of their own.\n')


def volume_name(volume_id):
    return 'devcloud-volume-%s' % volume_id


def container_name(server_id, name):
    return 'devcloud-%s-%s' % (name, server_id[:8])


class Machines:
    def __init__(self, config, engine):
        self._config = config
        self._engine = engine

    def create(self, server_id, name, role, config_drive, volume_ids):
        """Makes and starts a machine. `config_drive`: bytes by path. It gets its network from the agent once it runs."""
        for volume_id in volume_ids:
            self._engine.ensure_volume(volume_name(volume_id), {VOLUME: volume_id})
        self._engine.create(container_name(server_id, name), {
            'Hostname': name,
            'Image': self._config.machine_image,
            'Cmd': ['/machine-init'],
            'StopSignal': 'SIGRTMIN+3',
            'Labels': {SERVER: server_id},
            'HostConfig': self._host_config(role, volume_ids),
        })
        container = self._of(server_id)
        self._engine.put_files(container, '/', [NFTABLES] + [(SEED + path, data) for path, data in config_drive])
        self._engine.start(container)

    def _host_config(self, role, volume_ids):
        settings = dict(self._config.host_config)
        if len(volume_ids) > 1 or (volume_ids and role not in self._config.data_paths):
            raise ValueError('a machine of role %s shows no %d data disks' % (role, len(volume_ids)))
        data = [{'Type': 'volume', 'Source': volume_name(v), 'Target': self._config.data_paths[role]} for v in volume_ids]
        settings['Mounts'] = settings['Mounts'] + data
        settings['NetworkMode'] = 'none'
        # as on `local`: on a busy host masters and what they wait for go first
        settings['CpuShares'] = 1024 if role == 'worker' else 4096
        return settings

    def _of(self, server_id):
        found = self._engine.containers('%s=%s' % (SERVER, server_id))
        return found[0]['Id'] if found else None

    def is_running(self, server_id):
        """None where there is no such machine."""
        container = self._of(server_id)
        found = container and self._engine.inspect(container)
        return found['State']['Running'] if found else None

    def start(self, server_id):
        self._engine.start(self._of(server_id))

    def stop(self, server_id, seconds):
        self._engine.stop(self._of(server_id), seconds)

    def restart(self, server_id, seconds):
        self._engine.restart(self._of(server_id), seconds)

    def remove(self, server_id):
        container = self._of(server_id)
        if container:
            self._engine.remove(container)

    def remove_volume(self, volume_id):
        self._engine.remove_volume(volume_name(volume_id))

    def console(self, server_id):
        container = self._of(server_id)
        found = container and self._engine.inspect(container)
        if not found or not found['State']['Running']:
            return b''
        journal = ['journalctl', '--boot', '--no-pager', '--lines', '1000']
        into = ['nsenter', '--target', str(found['State']['Pid']), '--mount', '--pid', '--uts', '--ipc']
        return subprocess.run(into + journal, capture_output=True, timeout=30).stdout
