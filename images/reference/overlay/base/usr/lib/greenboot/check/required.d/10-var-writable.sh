#!/bin/sh
# The state must be there and writable before a boot is called good.
touch /var/lib/.boot-health && rm /var/lib/.boot-health
