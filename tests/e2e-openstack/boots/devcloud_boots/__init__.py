"""An OpenStack whose machines boot: system containers stand for virtual machines, and one router container for its network."""
