#!/bin/bash
# ask-for-image IMAGE...: asks every registry that a node may ask for an image, in their order, and tells what each said:
#   docker.io/library/nginx:1.27: registry.dev.kpaas.internal:5000: not found (404); registry-1.docker.io: no answer (Could not ...)
# Fails where none has one of them.
set -Eeuo pipefail

readonly sources=/etc/kpaas/image-sources
readonly secrets=/etc/kpaas/secrets
readonly accept='application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json'

# sources_of HOST: of hosts that the platform knows nothing of, they themselves.
sources_of() {
  awk -v host="$1" '$1 == host { print $2, $3, $4; found = 1 } END { if (!found) print "https://" host "/v2", "-", "-" }' "$sources"
}

# request CA HEADER CURL_ARGUMENT...: a header with a login is in no list of processes.
request() {
  local ca=$1 header=$2
  shift 2
  if [[ $ca != - ]]; then set -- --cacert "$ca" "$@"; fi
  curl -sSL --connect-timeout 3 --max-time 10 -H "Accept: $accept" -K - "$@" <<<"${header:+header = \"Authorization: $header\"}"
}

# value NAME: of the parameters of the challenge that is read.
value() {
  sed -nE "s/.*[ ,]$1=\"([^\"]*)\".*/\1/p"
}

# token CA CHALLENGE: public registries give one to everybody.
token() {
  local realm service scope
  realm=$(value realm <<<"$2") service=$(value service <<<"$2") scope=$(value scope <<<"$2")
  request "$1" "" -f -G "$realm" --data-urlencode "service=$service" --data-urlencode "scope=$scope" 2>/dev/null |
    sed -nE 's/.*"(access_)?token" *: *"([^"]*)".*/\2/p'
}

# answer URL CA LOGIN: an HTTP status, or curl's reason why there is none.
answer() {
  local url=$1 ca=$2 header="" said status
  if [[ $3 != - ]]; then header="Basic $(base64 -w0 "$secrets/$3")"; fi
  if ! said=$(request "$ca" "$header" -I -w '\n%{http_code}' "$url" 2>&1); then
    sed -nE '/^curl: /{s/^curl: \([0-9]+\) //p;q}' <<<"$said"
    return
  fi
  status=${said##*$'\n'}
  if [[ $status == 401 && -z $header ]] && said=$(grep -i '^www-authenticate: *bearer ' <<<"$said"); then
    said=$(token "$ca" "${said%$'\r'}")
    if [[ -n $said ]]; then status=$(request "$ca" "Bearer $said" -I -o /dev/null -w '%{http_code}' "$url" || true); fi
  fi
  echo "$status"
}

in_words() {
  case $1 in
    200) echo "has it" ;;
    401 | 403) echo "refused, no such image or another login ($1)" ;;
    404) echo "not found (404)" ;;
    429) echo "too many requests (429)" ;;
    [0-9][0-9][0-9]) echo "failed ($1)" ;;
    *) echo "no answer (${1:-unknown reason})" ;;
  esac
}

ask() {
  local image=$1 path repository tag base ca login said answers=""
  path=${image#*/}
  repository=${path%%[:@]*}
  tag=${path#"$repository"}
  tag=${tag##*@}
  tag=${tag#:}
  while read -r base ca login; do
    said=$(answer "$base/$repository/manifests/$tag" "$ca" "$login")
    base=${base#https://}
    answers+="${answers:+; }${base/\/v2/}: $(in_words "$said")"
    if [[ $said == 200 ]]; then break; fi
  done < <(sources_of "${image%%/*}")
  echo "$image: $answers"
  [[ $said == 200 ]]
}

found=yes
for image; do
  ask "$image" || found=no
done
[[ $found == yes ]]
