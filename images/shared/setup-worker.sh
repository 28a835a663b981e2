# Makes a base image with Python a worker's. Usage: setup-worker.sh [package of the distribution]...
set -eu

# What installers of dependencies expect, and what Cortex's images had: compilers for packages without a wheel, git for
# `git+https:` requirements, curl and unzip for dependencies.sh.
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
  build-essential ca-certificates curl git unzip "$@"
rm -rf /var/lib/apt/lists/*

# As in Node's own image; a COPY would have followed the links.
ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx

# Open to all, as /tmp is: each API's workers are a user of their own.
sh "$(dirname "$0")/add-user.sh" 1777

# A base image that does not fit fails here, not in a job.
node --version
npm --version
python3 -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 12), sys.version'
