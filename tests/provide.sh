#!/usr/bin/env bash
# Installs the servers that the tests need and no wheel brings. PostgreSQL comes from the machine or from
# a wheel; MariaDB only from the system. Where it cannot be installed, this says so, and the tests' summary
# says which were left out.
set -u
PATH="$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
if command -v mariadbd >/dev/null || command -v mysqld >/dev/null; then
    exit 0
fi
if command -v apt-get >/dev/null; then
    become=""
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then become="sudo -n"; else
            echo "Missing: a MariaDB server for some tests. Install it with: sudo apt-get install mariadb-server" >&2
            exit 0
        fi
    fi
    echo "Installing a MariaDB server for the tests (once) ..."
    log=$(mktemp)
    if { $become apt-get update && DEBIAN_FRONTEND=noninteractive $become apt-get install -y --no-install-recommends mariadb-server mariadb-client; } >"$log" 2>&1; then
        rm -f "$log"
    else
        echo "Missing: a MariaDB server for some tests; installing it failed, see $log" >&2
    fi
elif command -v brew >/dev/null; then
    echo "Installing a MariaDB server for the tests (once) ..."
    brew install --quiet mariadb || echo "Missing: a MariaDB server for some tests; 'brew install mariadb' failed" >&2
else
    echo "Missing: a MariaDB server for some tests, and no apt-get or brew to install it with." >&2
fi
