#!/bin/sh
# import.sh NAME: imports an OCI image as the device will, and prints `COMMIT KERNEL_RELEASE`. The importer makes the same commit of the same
# manifest everywhere, so this is the commit that the device will boot. Its tree is checked out to checkout/NAME. Runs in the builder root.
set -eu
cd /build
before=$(ostree --repo=repo refs --list ostree/container/image | sort)
bootc internals ostree-container image pull repo "ostree-unverified-image:oci:/build/oci:$1" >/dev/null
ostree --repo=repo refs --list ostree/container/image | sort >refs.after
ref=$(echo "$before" | comm -13 - refs.after)
commit=$(ostree --repo=repo rev-parse "$ref")
rm -rf "checkout/$1"
mkdir -p checkout
ostree --repo=repo checkout -H "$commit" "checkout/$1"
echo "$commit $(ls "checkout/$1/usr/lib/modules")"
