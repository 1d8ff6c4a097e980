"""Removes everything that stands for a machine, a volume or a network: python -m devcloud_boots.clean"""
import os

from devcloud_boots.config import Config, PUBLIC, ROUTER, SERVER
from devcloud_boots.engine import Engine
from devcloud_boots.machines import VOLUME


def clean(engine):
    for container in engine.containers(SERVER):
        engine.remove(container['Id'])
    engine.remove(ROUTER)
    for volume in engine.volumes(VOLUME):
        engine.remove_volume(volume['Name'])
    engine.remove_network(PUBLIC)


if __name__ == '__main__':
    # An engine that has been stopped runs no machine; the next start removes what it still knows.
    if os.path.exists(Config().socket):
        clean(Engine(Config().socket))
