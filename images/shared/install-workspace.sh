# Installs what a package of the workspace needs in production, and nothing else. Usage: install-workspace.sh <package>
set -eu

# Here and not through corepack: the image must never fetch a package manager when it runs.
CI=true npx --yes pnpm@12.21.0 install --frozen-lockfile --prod --filter "$1..."

# The manifests have the modes of the checkout, and workers run as a user of their own.
chmod -R a+rX .
