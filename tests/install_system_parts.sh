#!/bin/sh
# Tests of the review application need Debian's `postgresql` and `chromium`. Installs what is missing
# where that is possible (root and apt-get), else says which tests will be skipped. Never fails.
has_postgresql() {
    command -v initdb >/dev/null && return
    for program in /usr/lib/postgresql/*/bin/initdb; do [ -x "$program" ] && return; done
    return 1
}

missing=""
has_postgresql || missing="postgresql"
command -v chromium >/dev/null || missing="${missing:+$missing }chromium"
[ -z "$missing" ] && exit 0

skipping="Tests that need $missing are skipped."
if ! command -v apt-get >/dev/null; then
    echo "$skipping These are Debian's names of the packages."
elif [ "$(id -u)" != 0 ]; then
    echo "$skipping To install: sudo apt-get install $missing"
else
    echo "Installing $missing for the tests (Debian packages, up to 150 MB to download)."
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  # one or two names
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
        echo "apt-get could not install $missing. $skipping"
fi
exit 0
