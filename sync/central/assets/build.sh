#!/bin/sh
# Fetch the pages' browser libraries by lock file and put what is served into static/vendor/.
set -eu
cd "$(dirname "$0")"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
vendor=../static/vendor
mkdir -p "$vendor/icons"
cp node_modules/echarts/dist/echarts.min.js node_modules/htmx.org/dist/htmx.min.js "$vendor/"
for icon in view-dashboard map-marker alert logout; do
    cp "node_modules/@mdi/svg/svg/$icon.svg" "$vendor/icons/"
done
gzip -9kfn "$vendor"/*.js
