# The images' own user, and its place for files. Usage: add-user.sh <mode of the place>
set -eu

groupadd --gid 10001 millrace
useradd --uid 10001 --gid 10001 --home-dir /var/lib/millrace --no-create-home --shell /usr/sbin/nologin millrace
install -d -m "$1" -o 10001 -g 10001 /var/lib/millrace
