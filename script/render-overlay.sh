#!/usr/bin/env bash
# Writes every overlay anew from the template. What differs between them follows from the names of their folders.
set -euo pipefail

readonly USAGE="usage: script/render-overlay.sh [--check]

Renders kustomize/overlays/<org>/<env>/kustomization.yaml from kustomize/templates/overlay.yaml.tpl, for each such
file that there is: to add an overlay, make its folder and an empty file. <env> is api or beta, <org> the
organisation with dashes for dots.

  --check   write nothing; exit with 1 where an overlay is not as it would be rendered
  --help    this text

An overlay that cannot be rendered stops it with exit code 1 before anything is written."

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly ROOT
readonly OVERLAYS="$ROOT/kustomize/overlays"
readonly TEMPLATE="$ROOT/kustomize/templates/overlay.yaml.tpl"

fail() {
  printf 'render-overlay: %s\n' "$1" >&2
  exit "${2:-1}"
}

# Which roles of the catalogue count in which organisation, as one line of JSON.
role_mapping() {
  local org=$1 dotted=$2
  case "$org" in
    afk-no | bfk-no | ofk-no)
      printf '{"%s":["USER"],"viken.no":["USER"],"frid-iks.no":["USER"],' "$dotted"
      ;;
    *-no) printf '{"%s":["USER"],' "$dotted" ;;
    *) fail "no roles are known for the organisation '$org'" ;;
  esac
  printf '"vigo.no":["DEVELOPER","USER"],"novari.no":["DEVELOPER","USER"]}'
}

base_path() {
  local org=$1 environment=$2
  case "$environment" in
    api) printf '/%s' "$org" ;;
    beta) printf '/beta/%s' "$org" ;;
    *) fail "no path is known for the environment '$environment' of '$org'" ;;
  esac
}

# The values that the template names, for one overlay.
set_values() {
  local org=$1 environment=$2
  [[ $org =~ ^[a-z0-9]+(-[a-z0-9]+)*$ ]] || fail "'$org' is no name of an organisation: a-z, 0-9 and single dashes"
  NAMESPACE=$org
  ORG_ID_DOT=${org//-/.}
  STORE_NAMESPACE=${org//-/}
  TOPIC_ORG_ID=$org
  APP_INSTANCE_LABEL="skald_${org//-/_}"
  KAFKA_TOPIC="$org.flyt.*"
  BASE_PATH=$(base_path "$org" "$environment")
  INGRESS_PATH="$BASE_PATH/api/intern/handlinger/instanser"
  READINESS_PATH="$BASE_PATH/actuator/health"
  LIVENESS_PATH="$BASE_PATH/actuator/health/liveness"
  METRICS_PATH="$BASE_PATH/actuator/prometheus"
  ROLE_MAPPING=$(role_mapping "$org" "$ORG_ID_DOT")
  export NAMESPACE ORG_ID_DOT STORE_NAMESPACE TOPIC_ORG_ID APP_INSTANCE_LABEL KAFKA_TOPIC BASE_PATH
  export INGRESS_PATH READINESS_PATH LIVENESS_PATH METRICS_PATH ROLE_MAPPING
}

readonly NAMES=(NAMESPACE ORG_ID_DOT STORE_NAMESPACE TOPIC_ORG_ID APP_INSTANCE_LABEL KAFKA_TOPIC BASE_PATH
  INGRESS_PATH READINESS_PATH LIVENESS_PATH METRICS_PATH ROLE_MAPPING)

# As envsubst does it, which is used where there is one; names that are not ours stay as they are.
substitute() {
  if command -v envsubst >/dev/null; then
    envsubst "$(printf '$%s ' "${NAMES[@]}")" <"$TEMPLATE"
    return
  fi
  local text name
  text=$(<"$TEMPLATE")
  for name in "${NAMES[@]}"; do text=${text//"\${$name}"/"${!name}"}; done
  printf '%s\n' "$text"
}

main() {
  local check=false
  (($# <= 1)) || fail "$USAGE" 2
  case "${1:-}" in
    --help) printf '%s\n' "$USAGE" && exit 0 ;;
    --check) check=true ;;
    '') ;;
    *) fail "$USAGE" 2 ;;
  esac

  local rendered file overlay org environment changed=0
  rendered=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder as it is now
  trap "rm -rf '$rendered'" EXIT
  local files=()
  while IFS= read -r file; do files+=("$file"); done < <(find "$OVERLAYS" -name kustomization.yaml | LC_ALL=C sort)
  ((${#files[@]} > 0)) || fail "there is no overlay in $OVERLAYS"

  for file in "${files[@]}"; do
    overlay=${file#"$OVERLAYS/"}
    [[ $overlay =~ ^([^/]+)/([^/]+)/kustomization\.yaml$ ]] || fail "$overlay is not <org>/<env>/kustomization.yaml"
    org=${BASH_REMATCH[1]} environment=${BASH_REMATCH[2]}
    set_values "$org" "$environment"
    mkdir -p "$rendered/$org/$environment"
    substitute >"$rendered/$overlay"
  done

  for file in "${files[@]}"; do
    overlay=${file#"$OVERLAYS/"}
    cmp -s "$rendered/$overlay" "$file" && continue
    changed=$((changed + 1))
    if $check; then
      printf '%s is not as it would be rendered\n' "$overlay" >&2
    else
      cat "$rendered/$overlay" >"$file"
    fi
  done
  if $check && ((changed > 0)); then exit 1; fi
  printf '%d overlays, %d of them changed\n' "${#files[@]}" "$changed"
}

main "$@"
