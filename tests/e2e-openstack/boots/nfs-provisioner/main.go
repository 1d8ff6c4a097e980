// A stand-in for nfs-subdir-external-provisioner, made with the library that it is made with: its own module cannot be had from Go's proxy.
// It serves each claim by a folder of the export, as upstream does, and does not keep the folder of a deleted volume.
package main

import (
	"context"
	"log"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const mountPath = "/persistentvolumes"

type provisioner struct{ server, path string }

func (p provisioner) Provision(_ context.Context, o controller.ProvisionOptions) (*core.PersistentVolume, controller.ProvisioningState, error) {
	folder := strings.Join([]string{o.PVC.Namespace, o.PVC.Name, o.PVName}, "-")
	if err := os.MkdirAll(filepath.Join(mountPath, folder), 0o777); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	return &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: o.PVName},
		Spec: core.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *o.StorageClass.ReclaimPolicy,
			AccessModes:                   o.PVC.Spec.AccessModes,
			MountOptions:                  o.StorageClass.MountOptions,
			Capacity:                      core.ResourceList{core.ResourceStorage: o.PVC.Spec.Resources.Requests[core.ResourceStorage]},
			PersistentVolumeSource: core.PersistentVolumeSource{
				NFS: &core.NFSVolumeSource{Server: p.server, Path: filepath.Join(p.path, folder)},
			},
		},
	}, controller.ProvisioningFinished, nil
}

func (p provisioner) Delete(_ context.Context, volume *core.PersistentVolume) error {
	return os.RemoveAll(filepath.Join(mountPath, filepath.Base(volume.Spec.NFS.Path)))
}

func main() {
	config, err := rest.InClusterConfig()
	if err != nil {
		log.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	// Pods' users are any: its folders are open to all from the start, as a client in user space gives none another mode.
	syscall.Umask(0)
	p := provisioner{os.Getenv("NFS_SERVER"), os.Getenv("NFS_PATH")}
	ctx := context.Background()
	controller.NewProvisionController(ctx, client, os.Getenv("PROVISIONER_NAME"), p, controller.LeaderElection(false)).Run(ctx)
}
