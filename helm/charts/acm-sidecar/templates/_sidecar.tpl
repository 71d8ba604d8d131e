{{/*
`acm serve`. The service itself stays on loopback and on the UNIX socket, unless there is a certificate for it; what is open
to probes and Prometheus can do nothing but answer them.
*/}}
{{- define "acm-sidecar.sidecarContainer" -}}
{{- $values := .root.Values.sidecar -}}
- name: acm-sidecar
  image: {{ include "acm-sidecar.image" $values.image }}
  imagePullPolicy: {{ $values.image.pullPolicy }}
  args: [serve]
  restartPolicy: Always
  env:
    {{- $settings := mergeOverwrite (deepCopy (.settings | default dict)) $values.settings (include "acm-sidecar.ownSettings" . | fromYaml) }}
    {{- include "acm-sidecar.env" (dict "settings" $settings "secrets" $values.secrets) | trim | nindent 4 }}
  ports:
    - name: health
      containerPort: {{ int $values.health.port }}
    {{- if $values.tls.secretName }}
    - name: grpc
      containerPort: 50052
    - name: api
      containerPort: 5001
    {{- end }}
  {{- include "acm-sidecar.probes" (dict "port" "health" "attempts" $values.startupAttempts "readiness" $values.readinessProbe) | nindent 2 }}
  resources:
    {{- toYaml $values.resources | nindent 4 }}
  securityContext:
    {{- include "acm-sidecar.containerSecurity" . | nindent 4 }}
  volumeMounts:
    - name: acm-socket
      mountPath: /run/acm
    - name: acm-tmp
      mountPath: /tmp
    {{- if include "acm-sidecar.hasDataVolume" . }}
    - name: acm-data
      mountPath: /var/lib/acm
    {{- end }}
    {{- include "acm-sidecar.configMounts" . | nindent 4 }}
    {{- if $values.tls.secretName }}
    - name: acm-tls
      mountPath: /etc/acm/tls
      readOnly: true
    {{- end }}
    {{- if include "acm-sidecar.reconciliationSecret" . }}
    - name: acm-reconciliation
      mountPath: /etc/acm/reconciliation
      readOnly: true
    {{- end }}
{{- end -}}

{{/*
Where everything is: what values cannot change, since the rest of the pod relies on it.
*/}}
{{- define "acm-sidecar.ownSettings" -}}
{{- $values := .root.Values.sidecar -}}
{{- $host := empty $values.tls.secretName | ternary "127.0.0.1" $values.listenHost -}}
ACM_GRPC_ADDRESS: {{ printf "%s:50052" $host | quote }}
ACM_GRPC_SOCKET: /run/acm/acm.sock
ACM_SIDECAR_ADDRESS: unix:/run/acm/acm.sock
ACM_HEALTH_ADDRESS: {{ printf "%s:%d" $values.listenHost (int $values.health.port) | quote }}
API_HOST: {{ trimAll "[]" $host | quote }}
API_PORT: "5001"
ACM_DATA_DIR: {{ empty (include "acm-sidecar.hasDataVolume" .) | ternary "none" "/var/lib/acm/data" }}
{{- if include "acm-sidecar.file" . }}
ACM_CONFIG: /etc/acm/config/acm.yaml
{{- end }}
{{- if $values.tls.secretName }}
ACM_TLS_CERT: /etc/acm/tls/tls.crt
ACM_TLS_KEY: /etc/acm/tls/tls.key
ACM_TLS_CLIENT_CA: /etc/acm/tls/ca.crt
{{- end }}
{{- with $values.reconciliation.host | default .gatewayHost }}
LUMADB_GRPC_HOST: {{ . | quote }}
LUMADB_GRPC_PORT: {{ int $values.reconciliation.port | quote }}
{{- end }}
{{- if include "acm-sidecar.reconciliationSecret" . }}
LUMADB_GRPC_TLS_CA: /etc/acm/reconciliation/ca.crt
{{- if $values.reconciliation.tls.clientCertificate }}
LUMADB_GRPC_TLS_CERT: /etc/acm/reconciliation/tls.crt
LUMADB_GRPC_TLS_KEY: /etc/acm/reconciliation/tls.key
{{- end }}
{{- end }}
{{- end -}}

{{/*
Something where a PostgreSQL keeps what the embedded store would.
*/}}
{{- define "acm-sidecar.hasDatabase" -}}
{{- with .root.Values.sidecar -}}
{{- if or .secrets.DATABASE_URL .secrets.LUMADB_PG_HOST .settings.LUMADB_PG_HOST }}yes{{ end -}}
{{- end -}}
{{- end -}}

{{/*
Something where there is an embedded store to keep.
*/}}
{{- define "acm-sidecar.hasDataVolume" -}}
{{- if not (or (include "acm-sidecar.hasDatabase" .) (hasKey .root.Values.sidecar.settings "ACM_DATA_DIR")) }}yes{{ end -}}
{{- end -}}

{{/*
The Secret with the CA of the port through which sidecars tell each other what they see, or nothing.
*/}}
{{- define "acm-sidecar.reconciliationSecret" -}}
{{- .root.Values.sidecar.reconciliation.tls.secretName | default .gatewaySecret | default "" -}}
{{- end -}}

{{- define "acm-sidecar.configMounts" -}}
{{- if include "acm-sidecar.file" . }}
- name: acm-config
  mountPath: /etc/acm/config
  readOnly: true
{{- end }}
{{- if .root.Values.sidecar.secretFiles }}
- name: acm-secrets
  mountPath: /etc/acm/secrets
  readOnly: true
{{- end }}
{{- end -}}

{{/*
/livez answers as long as the process turns, /readyz from when it serves until it drains: no dependency can make either fail, but
that a gateway without its database is not ready. A gateway's start therefore is asked for at /livez (`startup`), or it would be
started over and over while its database is away. Takes `port`, `attempts`, `readiness`, and `startup` for another path.
*/}}
{{- define "acm-sidecar.probes" -}}
startupProbe:
  httpGet:
    path: {{ .startup | default "/readyz" }}
    port: {{ .port }}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: {{ int .attempts }}
{{- if .readiness }}
readinessProbe:
  httpGet:
    path: /readyz
    port: {{ .port }}
  periodSeconds: 5
  timeoutSeconds: 3
{{- end }}
livenessProbe:
  httpGet:
    path: /livez
    port: {{ .port }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}
