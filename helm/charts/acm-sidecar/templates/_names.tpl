{{/*
What everything of a release is called. Takes the context of the chart. It leaves room for what is put behind it.
*/}}
{{- define "acm-sidecar.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- .Values.fullnameOverride | default $full | trunc 45 | trimSuffix "-" -}}
{{- end -}}

{{- define "acm-sidecar.configMapName" -}}
{{ include "acm-sidecar.fullname" . }}-sidecar
{{- end -}}

{{/*
The reference of an image. Takes the values of the image.
*/}}
{{- define "acm-sidecar.image" -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ .tag }}{{- end -}}
{{- end -}}

{{/*
A value as text. Helm reads every number of a values file as floating point, and would write 5000000 as 5e+06.
*/}}
{{- define "acm-sidecar.text" -}}
{{- if kindIs "string" . -}}{{ . }}{{- else -}}{{ toJson . }}{{- end -}}
{{- end -}}

{{/*
Environment variables. Takes a dict: `settings` (name -> value) and `secrets` (name -> {name, key} of a Secret), which go before
them.
*/}}
{{- define "acm-sidecar.env" -}}
{{- $secrets := .secrets | default dict -}}
{{- range $name, $value := .settings }}
{{- if not (hasKey $secrets $name) }}
- name: {{ $name }}
  value: {{ include "acm-sidecar.text" $value | quote }}
{{- end }}
{{- end }}
{{- range $name, $from := $secrets }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $from.name | quote }}
      key: {{ $from.key | quote }}
{{- end }}
{{- end -}}

{{/*
What every container gets: the strictest that Kubernetes' Pod Security Standards know.
*/}}
{{- define "acm-sidecar.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
readOnlyRootFilesystem: true
{{- end -}}

{{/*
The security of a whole pod. Takes the context of the chart.
*/}}
{{- define "acm-sidecar.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ int .Values.sidecar.runAsUser }}
runAsGroup: {{ int .Values.sidecar.runAsGroup }}
fsGroup: {{ int .Values.sidecar.runAsGroup }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}
