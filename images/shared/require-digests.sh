# Refuses base images that are not pinned. Usage: require-digests.sh <build argument>...
set -eu

for name in "$@"; do
  eval "image=\${$name:-}"
  case "$image" in
    *@sha256:*) ;;
    *)
      echo "Cannot build from $name \"$image\": not pinned, expected <name>@sha256:<digest>;" \
        "\`npx pnpm@12 images:lock\` finds the digests, \`npx pnpm@12 images:build\` passes them on" >&2
      exit 1
      ;;
  esac
done
