module kpaas.local/tests/bosh/template

go 1.26

require (
	github.com/cloudfoundry/bosh-cli/v7 v7.9.0
	github.com/cppforlife/go-patch v0.2.0
	gopkg.in/yaml.v2 v2.4.0
)

require (
	github.com/bmatcuk/doublestar v1.3.4 // indirect
	github.com/charlievieth/fs v0.0.3 // indirect
	github.com/cloudfoundry/bosh-utils v0.0.523 // indirect
	github.com/nxadm/tail v1.4.11 // indirect
)

replace github.com/cloudfoundry/bosh-utils => github.com/cloudfoundry/bosh-utils v0.0.530
