#!/bin/bash

readonly data=$KPAAS_DATA_PATH
readonly images=/opt/kpaas/images
readonly logins=/etc/docker/registry/htpasswd

# Images that came with the machine are the lower layer below the registry's own data: nothing is copied.
mount_images() {
  install -d "$data/data"
  [[ -d $images ]] || return 0
  install -d "$data/upper" "$data/work"
  if ! grep -q "^kpaas-images " /etc/fstab; then
    echo "kpaas-images $data/data overlay lowerdir=$images,upperdir=$data/upper,workdir=$data/work,x-systemd.requires-mounts-for=$data 0 0" >>/etc/fstab
    systemctl daemon-reload
  fi
  mountpoint -q "$data/data" || mount "$data/data"
}

# Directories, which the registry adds to, and the links below repositories, which a push writes anew even where they say the same.
# Both are small. A blob never changes, and to chown one would copy it up: blobs stay root's.
own_data() {
  find "$data/data" ! -user docker-registry \( -type d -o -path '*/repositories/*' \) -exec chown docker-registry: {} +
}

# True when every user's password is the one delivered and there is no other user.
logins_match() {
  local user password
  [[ -s $logins && $(cut -d: -f1 "$logins") == "$(cut -d: -f1 "$secrets/users")" ]] || return 1
  while IFS=: read -r user password; do
    printf '%s' "$password" | htpasswd -iv "$logins" "$user" 2>/dev/null || return 1
  done <"$secrets/users"
}

# Passwords travel by standard input; the registry accepts bcrypt only.
write_logins() {
  local user password
  logins_match && return
  while IFS=: read -r user password; do
    printf '%s' "$password" | htpasswd -niB "$user"
  done <"$secrets/users" | sed '/^$/d' >"$run/htpasswd"
  install -m 0400 -o docker-registry -g docker-registry "$run/htpasswd" "$logins"
  rm "$run/htpasswd"
  changed=yes
}

prepare

phase "image store"
mount_images
own_data

phase registry
changed=no
install_file 0644 root:root /etc/docker/registry/config.yml </etc/kpaas/registry.yaml
install_file 0444 docker-registry:docker-registry /etc/docker/registry/tls.crt <"$secrets/tls.crt"
install_file 0400 docker-registry:docker-registry /etc/docker/registry/tls.key <"$secrets/tls.key"
write_logins
start_service docker-registry
await 60 curl -sko /dev/null https://127.0.0.1:5000/v2/

finish
