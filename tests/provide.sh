#!/usr/bin/env bash
# Installs what the tests need and no wheel brings: a MariaDB server, Chromium for the journeys through the page,
# xmlsec1 for the SAML identity provider, and npm's oidc-provider (by node) as the provider of OpenID Connect. PostgreSQL comes from the machine or from a
# wheel. Where something cannot be installed, this says so, and the tests' summary says which were left out.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")"
PATH="$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"

has() { command -v "$1" >/dev/null; }

# install WHAT "APT PACKAGES" BREW_PACKAGE
install() {
    local become="" log
    if has apt-get; then
        if [ "$(id -u)" != 0 ]; then
            if has sudo && sudo -n true 2>/dev/null; then become="sudo -n"; else
                echo "Missing: $1 for some tests. Install it with: sudo apt-get install $2" >&2
                return
            fi
        fi
        echo "Installing $1 for the tests (once) ..."
        log=$(mktemp)
        # shellcheck disable=SC2086 # several packages
        if { $become apt-get update && DEBIAN_FRONTEND=noninteractive $become apt-get install -y --no-install-recommends $2; } >"$log" 2>&1; then
            rm -f "$log"
        else
            echo "Missing: $1 for some tests; installing it failed, see $log" >&2
        fi
    elif has brew; then
        echo "Installing $1 for the tests (once) ..."
        brew install --quiet "$3" || echo "Missing: $1 for some tests; 'brew install $3' failed" >&2
    else
        echo "Missing: $1 for some tests, and no apt-get or brew to install it with." >&2
    fi
}

has mariadbd || has mysqld || install "a MariaDB server" "mariadb-server mariadb-client" mariadb
[ -n "${CHROMIUM:-}" ] || has chromium || install Chromium "chromium fonts-liberation fonts-dejavu-core" chromium
has xmlsec1 || install "xmlsec1" xmlsec1 libxmlsec1
has node || install "Node.js" "nodejs npm" node
if has node && ! has npm; then
    echo "Missing: npm, which installs the OpenID Connect provider of some tests." >&2
elif has node && ! cmp -s oidc/package-lock.json oidc/node_modules/.installed; then
    echo "Installing an OpenID Connect provider for the tests (once) ..."
    log=$(mktemp)
    # From within the folder: with --prefix, npm looks for the machine's own settings there, too.
    if (cd oidc && npm ci --no-audit --no-fund) >"$log" 2>&1; then
        cp oidc/package-lock.json oidc/node_modules/.installed
        rm -f "$log"
    else
        echo "Missing: the OpenID Connect provider of some tests; 'npm ci' failed, see $log" >&2
    fi
fi
exit 0
