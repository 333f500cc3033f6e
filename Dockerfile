# syntax=docker/dockerfile:1
# glibc only: the Temporal SDK has no musl build.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
# ca-certificates: without them the Temporal SDK refuses even connections without TLS. The clients of every supported
# server; the newest server is for test restores, in a cluster that is made for one and thrown away.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates postgresql-common \
  && echo 'create_main_cluster = false' >> /etc/postgresql-common/createcluster.conf \
  && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
  && apt-get install --yes --no-install-recommends \
    age tar util-linux zstd postgresql-18 \
    postgresql-client-14 postgresql-client-15 postgresql-client-16 postgresql-client-17 postgresql-client-18 \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 10001 --user-group --home-dir /var/lib/pma-backup --shell /usr/sbin/nologin pma-backup \
  && install --directory --owner=pma-backup --group=pma-backup --mode=0700 /var/lib/pma-backup /backups
WORKDIR /app
# Without tsconfig.json the program knows that it is built already.
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/bin ./bin
COPY --from=build /app/scripts ./scripts
COPY --from=build /app/deploy/make-bucket.mjs ./deploy/
ENV NODE_ENV=production \
  NODE_OPTIONS=--max-old-space-size=512 \
  PMA_STATE_DIR=/var/lib/pma-backup \
  BACKUP_LOCATION=/backups \
  LOG_FORMAT=json
USER pma-backup
VOLUME ["/var/lib/pma-backup", "/backups"]
EXPOSE 8080
ENTRYPOINT ["/app/bin/pma-backup"]
CMD ["worker"]
# Joins the process on the same state directory, so that Temporal and the catalog are asked, too.
HEALTHCHECK --interval=60s --timeout=30s --start-period=60s --retries=3 CMD ["/app/bin/pma-backup", "status", "--json"]
