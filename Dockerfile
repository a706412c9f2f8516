# One image a service: docker build --build-arg SERVICE=patients -t wellgate/patients .
# The same image runs the service, its migrations and its operators' commands (deploy/README.md).
# No `syntax` line, and both bases by ARG: it builds where no registry is reached. Pin them by digest in your CI.
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD_IMAGE} AS manifests
COPY . /all
RUN mkdir /manifests && cd /all && cp --parents package.json package-lock.json .npmrc $(find . -name package.json) /manifests

# The same for every service up to here and on to `bundle`: built once, whatever the service.
FROM ${BUILD_IMAGE} AS source
WORKDIR /src
COPY --from=manifests /manifests ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY . .
# Generation needs no engine; Prisma only insists that the file it would download exists.
RUN export PRISMA_SCHEMA_ENGINE_BINARY=/bin/true CHECKPOINT_DISABLE=1 PRISMA_HIDE_UPDATE_MESSAGE=1; \
    for schema in services/*/prisma/schema.prisma; do npx --no prisma generate --schema "$schema" || exit 1; done

FROM source AS bundle
ARG SERVICE
ARG VERSION=0.1.0
RUN test -n "$SERVICE" || { echo 'say --build-arg SERVICE=<name>' >&2; exit 1; }
RUN node deploy/src/image/bundle-main.ts "$SERVICE" "$VERSION" /out
# Volumes take their owner from these.
RUN mkdir -p /keys/all && for service in services/*; do mkdir -p "/keys/$(basename "$service")"; done

FROM ${RUNTIME_IMAGE}
ARG SERVICE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="wellgate/${SERVICE}" \
      org.opencontainers.image.description="The ${SERVICE} service of Wellgate, the backend of a patient portal" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="Wellgate"
WORKDIR /app
COPY --from=bundle /out ./
COPY --from=bundle --chown=65532:65532 /keys /keys
ENV NODE_ENV=production NODE_OPTIONS=--max-old-space-size-percentage=60
USER 65532:65532
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=10s --start-period=120s --start-interval=2s --retries=5 \
  CMD ["/nodejs/bin/node", "dist/health.js"]
ENTRYPOINT ["/nodejs/bin/node"]
CMD ["dist/main.js"]
