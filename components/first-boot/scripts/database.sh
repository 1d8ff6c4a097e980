#!/bin/bash

readonly data=$KPAAS_DATA_PATH/data
readonly tls=/etc/mysql/kpaas

prepare

phase "database files"
if [[ ! -d $data ]]; then
  rm -rf "$data.new"
  install -d -m 0750 -o mysql -g mysql "$data.new"
  mariadb-install-db --user=mysql --datadir="$data.new" --auth-root-authentication-method=socket \
    --skip-test-db >"$run/install-db.log"
  mv "$data.new" "$data"
fi

phase database
changed=no
install_file 0444 root:root "$tls/ca.crt" <"$secrets/ca.crt"
install_file 0444 root:root "$tls/tls.crt" <"$secrets/tls.crt"
install_file 0400 mysql:mysql "$tls/tls.key" <"$secrets/tls.key"
certificates_changed=$changed
changed=no
install_file 0644 root:root /etc/mysql/mariadb.conf.d/99-kpaas.cnf </etc/kpaas/mariadb.cnf
start_service mariadb
if [[ $certificates_changed == yes && $changed == no ]]; then mariadb -e 'FLUSH SSL'; fi

phase users
mariadb <"$secrets/users.sql"

finish
