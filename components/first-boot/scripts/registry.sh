#!/bin/bash

readonly data=$KPAAS_DATA_PATH
readonly images=/opt/kpaas/images
readonly folder=/etc/docker/registry
readonly rights=/etc/kpaas/registry-rights

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

# users_with RIGHT: `name:password` of each login that has it.
users_with() {
  awk -F '[: ]' -v right="$1" '
    NR == FNR { for (field = 2; field <= NF; field++) if ($field == right) may[$1] = 1; next }
    $1 in may' "$rights" "$secrets/users"
}

# logins_match FILE RIGHT: true when every user's password is the one delivered and there is no other user.
logins_match() {
  local user password
  [[ -s $1 && $(cut -d: -f1 "$1") == "$(users_with "$2" | cut -d: -f1)" ]] || return 1
  while IFS=: read -r user password; do
    printf '%s' "$password" | htpasswd -iv "$1" "$user" 2>/dev/null || return 1
  done < <(users_with "$2")
}

# write_logins FILE RIGHT: passwords travel by standard input; the registry accepts bcrypt only.
write_logins() {
  local user password
  logins_match "$1" "$2" && return
  while IFS=: read -r user password; do
    printf '%s' "$password" | htpasswd -niB "$user"
  done < <(users_with "$2") | sed '/^$/d' >"$run/htpasswd"
  install -m 0400 -o docker-registry -g docker-registry "$run/htpasswd" "$1"
  rm "$run/htpasswd"
  changed=yes
}

prepare

phase "image store"
mount_images
own_data

phase registry
changed=no
install_file 0644 root:root "$folder/config.yml" </etc/kpaas/registry.yaml
install_file 0644 root:root "$folder/push.yml" </etc/kpaas/registry-push.yaml
install_file 0444 docker-registry:docker-registry "$folder/tls.crt" <"$secrets/tls.crt"
install_file 0400 docker-registry:docker-registry "$folder/tls.key" <"$secrets/tls.key"
write_logins "$folder/htpasswd" pull
write_logins "$folder/htpasswd-push" push
start_service docker-registry
start_service kpaas-registry-push
await 60 curl -sko /dev/null https://127.0.0.1:5000/v2/
await 60 curl -sko /dev/null "https://127.0.0.1:$KPAAS_REGISTRY_PUSH_PORT/v2/"

finish
