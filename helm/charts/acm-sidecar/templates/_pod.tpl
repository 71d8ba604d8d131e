{{/*
These templates take a dict:

  root           the context of the chart, `$`
  settings       environment variables of the sidecar that the chart knows by itself; the values of the user go before them
  file           the same for the YAML file
  switchSeconds  how long the switch takes to stop, its preStop hook included (30)
  configurations whether the shipped switch configurations are wanted in the volume acm-switch
  agentIsMain    whether the SIP agent is the main container of the pod, since there is no other
  sipPort        the port that drachtio-server then shows to others
  contact        where drachtio-server listens, in the place of sidecar.drachtio.contact
  gatewayHost    the host of sidecar.reconciliation, where the values name none
  gatewaySecret  the Secret with its CA, where the values name none

In the pod template of a Deployment:

  metadata:
    annotations:
      {{- include "acm-sidecar.podAnnotations" (dict "root" $) | nindent 8 }}
  spec:
    {{- include "acm-sidecar.podSettings" (dict "root" $) | nindent 6 }}
    initContainers:
      {{- include "acm-sidecar.initContainers" (dict "root" $) | trim | nindent 8 }}
    containers:
      - name: switch
        volumeMounts:
          {{- include "acm-sidecar.switchVolumeMounts" (dict "root" $) | nindent 12 }}
    volumes:
      {{- include "acm-sidecar.volumes" (dict "root" $) | nindent 8 }}

and once in the chart: {{ include "acm-sidecar.configMap" (dict "root" $) }}
*/}}

{{/*
Settings of the pod: no token, no privileges, and enough time to stop in order, the switch first.
*/}}
{{- define "acm-sidecar.podSettings" -}}
automountServiceAccountToken: false
# Kubernetes would put a variable for each Service into the environment, which could be taken for a setting.
enableServiceLinks: false
securityContext:
  {{- include "acm-sidecar.podSecurity" .root | nindent 2 }}
terminationGracePeriodSeconds: {{ include "acm-sidecar.graceSeconds" . }}
{{- end -}}

{{/*
The drain of one process in whole seconds, with what it takes to say goodbye to the store. Takes its settings.
*/}}
{{- define "acm-sidecar.drainSeconds" -}}
{{- add (ceil (divf (.ACM_DRAIN_MS | default 5000 | float64) 1000)) 5 -}}
{{- end -}}

{{- define "acm-sidecar.graceSeconds" -}}
{{- $values := .root.Values.sidecar -}}
{{- $seconds := add 10 (.switchSeconds | default 30) (include "acm-sidecar.drainSeconds" $values.settings) -}}
{{- if $values.sipAgent.enabled -}}
{{- $seconds = add $seconds 5 (include "acm-sidecar.drainSeconds" $values.sipAgent.settings) -}}
{{- end -}}
{{- $seconds -}}
{{- end -}}

{{/*
A change of the configuration file starts new pods.
*/}}
{{- define "acm-sidecar.podAnnotations" -}}
checksum/acm-sidecar: {{ include "acm-sidecar.file" . | sha256sum }}
{{- end -}}

{{/*
The YAML file, or nothing.
*/}}
{{- define "acm-sidecar.file" -}}
{{- $file := mergeOverwrite (deepCopy (.file | default dict)) (deepCopy .root.Values.sidecar.file) -}}
{{- if $file -}}{{ toYaml $file }}{{- end -}}
{{- end -}}

{{/*
The ConfigMap with the YAML file, where there is one.
*/}}
{{- define "acm-sidecar.configMap" -}}
{{- with include "acm-sidecar.file" . -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "acm-sidecar.configMapName" $.root }}
  labels:
    app.kubernetes.io/name: {{ $.root.Chart.Name }}
    app.kubernetes.io/instance: {{ $.root.Release.Name | quote }}
    app.kubernetes.io/managed-by: {{ $.root.Release.Service }}
    {{- with $.root.Values.extraLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
data:
  acm.yaml: |
    {{- . | nindent 4 }}
{{- end }}
{{- end -}}

{{/*
Everything that runs beside the switch, as native sidecars: started before it, and stopped after it.
*/}}
{{- define "acm-sidecar.initContainers" -}}
{{- include "acm-sidecar.check" . -}}
{{- $agent := .root.Values.sidecar.sipAgent.enabled -}}
{{- if or $agent .configurations }}
{{ include "acm-sidecar.configurationsContainer" . }}
{{- end }}
{{ include "acm-sidecar.sidecarContainer" . }}
{{- if $agent }}
{{ include "acm-sidecar.drachtioContainer" . }}
{{- if not .agentIsMain }}
{{ include "acm-sidecar.agentContainer" . }}
{{- end }}
{{- end }}
{{- end -}}

{{/*
The UNIX socket, for a switch that asks over gRPC: unix:/run/acm/acm.sock.
*/}}
{{- define "acm-sidecar.switchVolumeMounts" -}}
- name: acm-socket
  mountPath: /run/acm
  readOnly: true
{{- end -}}

{{- define "acm-sidecar.volumes" -}}
{{- $values := .root.Values.sidecar -}}
- name: acm-socket
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
- name: acm-tmp
  emptyDir:
    sizeLimit: 64Mi
{{- if include "acm-sidecar.hasDataVolume" . }}
- name: acm-data
  {{- toYaml ($values.dataVolume | default (dict "emptyDir" (dict "sizeLimit" "2Gi"))) | nindent 2 }}
{{- end }}
{{- if or $values.sipAgent.enabled .configurations }}
- name: acm-switch
  emptyDir:
    sizeLimit: 16Mi
{{- end }}
{{- if include "acm-sidecar.file" . }}
- name: acm-config
  configMap:
    name: {{ include "acm-sidecar.configMapName" .root }}
{{- end }}
{{- with $values.secretFiles }}
- name: acm-secrets
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
{{- end }}
{{- with $values.tls.secretName }}
- name: acm-tls
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
{{- end }}
{{- with include "acm-sidecar.reconciliationSecret" . }}
- name: acm-reconciliation
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
    items:
      {{- range ternary (list "ca.crt" "tls.crt" "tls.key") (list "ca.crt") $values.reconciliation.tls.clientCertificate }}
      - key: {{ . }}
        path: {{ . }}
      {{- end }}
{{- end }}
{{- end -}}
