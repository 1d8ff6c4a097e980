// Package plugin maps Terraform's OpenStack provider to the tokens of the npm package @pulumi/openstack: only what this
// repository's tests use.
package plugin

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/openstack"
)

const Name = "openstack"

// Version is set at build time to that of the npm package, which the engine asks for.
var Version = "0.0.0"

var resources = map[string]string{
	"openstack_blockstorage_volume_v3":             "blockstorage/Volume",
	"openstack_compute_instance_v2":                "compute/Instance",
	"openstack_compute_keypair_v2":                 "compute/Keypair",
	"openstack_compute_servergroup_v2":             "compute/ServerGroup",
	"openstack_compute_volume_attach_v2":           "compute/VolumeAttach",
	"openstack_lb_listener_v2":                     "loadbalancer/Listener",
	"openstack_lb_loadbalancer_v2":                 "loadbalancer/LoadBalancer",
	"openstack_lb_members_v2":                      "loadbalancer/Members",
	"openstack_lb_monitor_v2":                      "loadbalancer/Monitor",
	"openstack_lb_pool_v2":                         "loadbalancer/Pool",
	"openstack_networking_floatingip_associate_v2": "networking/FloatingIpAssociate",
	"openstack_networking_floatingip_v2":           "networking/FloatingIp",
	"openstack_networking_network_v2":              "networking/Network",
	"openstack_networking_port_v2":                 "networking/Port",
	"openstack_networking_portforwarding_v2":       "networking/PortForwardingV2",
	"openstack_networking_router_interface_v2":     "networking/RouterInterface",
	"openstack_networking_router_v2":               "networking/Router",
	"openstack_networking_secgroup_rule_v2":        "networking/SecGroupRule",
	"openstack_networking_secgroup_v2":             "networking/SecGroup",
	"openstack_networking_subnet_v2":               "networking/Subnet",
}

var dataSources = map[string]string{
	"openstack_compute_flavor_v2":      "compute/getFlavor",
	"openstack_identity_auth_scope_v3": "identity/getAuthScope",
	"openstack_images_image_v2":        "images/getImage",
	"openstack_networking_network_v2":  "networking/getNetwork",
	"openstack_networking_subnet_v2":   "networking/getSubnet",
}

// Info describes the provider to the bridge.
func Info() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:           sdkv2.NewProvider(openstack.Provider()),
		Name:        Name,
		Version:     Version,
		Resources:   map[string]*tfbridge.ResourceInfo{},
		DataSources: map[string]*tfbridge.DataSourceInfo{},
	}
	for terraform, name := range resources {
		info.Resources[terraform] = &tfbridge.ResourceInfo{Tok: tokens.Type(token(name))}
	}
	for terraform, name := range dataSources {
		info.DataSources[terraform] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token(name))}
	}
	// As the npm package has them: names where none is given, and the one property whose plural is another's name.
	info.SetAutonaming(255, "-")
	subnet := info.Resources["openstack_networking_subnet_v2"].Fields
	subnet["allocation_pool"] = &tfbridge.SchemaInfo{Name: "allocationPools"}
	subnet["allocation_pools"] = &tfbridge.SchemaInfo{Name: "allocationPoolsCollection"}
	// What is not mapped is left out on purpose; the generator takes it for an oversight unless told.
	ignore := func(terraform string, _ shim.Resource) bool {
		info.IgnoreMappings = append(info.IgnoreMappings, terraform)
		return true
	}
	info.P.ResourcesMap().Range(ignore)
	info.P.DataSourcesMap().Range(ignore)
	return info
}

// token of `compute/Instance`: `openstack:compute/instance:Instance`.
func token(name string) string {
	module, member, _ := strings.Cut(name, "/")
	return Name + ":" + module + "/" + strings.ToLower(member[:1]) + member[1:] + ":" + member
}
