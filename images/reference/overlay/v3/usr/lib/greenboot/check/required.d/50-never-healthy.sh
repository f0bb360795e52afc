#!/bin/sh
# The one change of this image: it never gets healthy.
exit 1
