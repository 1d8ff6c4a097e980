"""Nova's driver of these tests, whose servers are system containers."""
from nova import exception
from nova.api.metadata import base as instance_metadata
from nova.compute import power_state
from nova.virt import hardware
from nova.virt.devcloud import DevcloudDriver

from devcloud_boots.config import Config
from devcloud_boots.engine import Engine
from devcloud_boots.machines import Machines

STOP_SECONDS = 20


class BootingDriver(DevcloudDriver):
    def __init__(self, virtapi, read_only=False):
        super().__init__(virtapi, read_only)
        config = Config()
        self._machines = Machines(config, Engine(config.socket))

    def spawn(self, context, instance, image_meta, injected_files, admin_password, allocations, network_info=None,
              block_device_info=None, power_on=True, accel_info=None):
        super().spawn(context, instance, image_meta, injected_files, admin_password, allocations, network_info,
                      block_device_info, power_on, accel_info)
        metadata = instance_metadata.InstanceMetadata(instance, content=injected_files, network_info=network_info)
        drive = [(path, data.encode() if isinstance(data, str) else data)
                 for path, data in metadata.metadata_for_config_drive() if path.startswith('openstack/')]
        self._machines.create(instance.uuid, instance.hostname, instance.metadata.get('kpaas-role'), drive,
                              _data_volumes(block_device_info))

    def destroy(self, context, instance, network_info, block_device_info=None, destroy_disks=True, destroy_secrets=True):
        self._machines.remove(instance.uuid)
        super().destroy(context, instance, network_info, block_device_info, destroy_disks, destroy_secrets)

    def reboot(self, context, instance, network_info, reboot_type, *args, **kwargs):
        self._machines.restart(instance.uuid, 0 if reboot_type == 'HARD' else STOP_SECONDS)

    def power_off(self, instance, timeout=0, retry_interval=0):
        self._machines.stop(instance.uuid, timeout or STOP_SECONDS)
        super().power_off(instance, timeout, retry_interval)

    def power_on(self, context, instance, *args, **kwargs):
        self._machines.start(instance.uuid)
        super().power_on(context, instance, *args, **kwargs)

    def get_info(self, instance, use_cache=True):
        running = self._machines.is_running(instance.uuid)
        if running is None:
            raise exception.InstanceNotFound(instance_id=instance.uuid)
        return hardware.InstanceInfo(state=power_state.RUNNING if running else power_state.SHUTDOWN)

    def get_console_output(self, context, instance):
        return self._machines.console(instance.uuid)


def _data_volumes(block_device_info):
    """Ids of the volumes beside the one that the server boots from, which its image stands for."""
    mappings = (block_device_info or {}).get('block_device_mapping', [])
    return [m['connection_info']['data']['volume_id'] for m in mappings if m.get('boot_index') != 0]
