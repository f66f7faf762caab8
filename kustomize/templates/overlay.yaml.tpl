# Made by script/render-overlay.sh: edit kustomize/templates/overlay.yaml.tpl, and run that.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: ${NAMESPACE}
resources:
  - ../../../base
labels:
  - pairs:
      app.kubernetes.io/instance: ${APP_INSTANCE_LABEL}
      skald.dev/org-id: ${ORG_ID_DOT}
    includeTemplates: true
configMapGenerator:
  - name: skald
    behavior: merge
    literals:
      - BASE_PATH=${BASE_PATH}
      - NAMESPACE=${STORE_NAMESPACE}
      - ORG_ID=${ORG_ID_DOT}
      - 'ORGANISATION_ROLES=${ROLE_MAPPING}'
      - TOPIC_ORG_ID=${TOPIC_ORG_ID}
      - TOPIC_PREFIX=${TOPIC_ORG_ID}.flyt.orchestrator
patches:
  - target:
      kind: Deployment
      name: skald
    patch: |-
      - op: replace
        path: /spec/template/metadata/annotations/prometheus.io~1path
        value: ${METRICS_PATH}
      - op: replace
        path: /spec/template/metadata/annotations/skald.dev~1kafka-acl
        value: |-
          admin ${KAFKA_TOPIC}
          admin ${STORE_NAMESPACE}.*
      - op: replace
        path: /spec/template/spec/containers/0/startupProbe/httpGet/path
        value: ${LIVENESS_PATH}
      - op: replace
        path: /spec/template/spec/containers/0/readinessProbe/httpGet/path
        value: ${READINESS_PATH}
      - op: replace
        path: /spec/template/spec/containers/0/livenessProbe/httpGet/path
        value: ${LIVENESS_PATH}
  - target:
      kind: Ingress
      name: skald
    patch: |-
      - op: replace
        path: /spec/rules/0/http/paths/0/path
        value: ${INGRESS_PATH}
