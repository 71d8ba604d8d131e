{{/*
Values that the sidecar would not start with: whoever installs hears of it, and not the log of a pod that crashes. Called by
acm-sidecar.initContainers.
*/}}
{{- define "acm-sidecar.check" -}}
{{- $values := .root.Values.sidecar -}}
{{- $settings := mergeOverwrite (deepCopy (.settings | default dict)) $values.settings -}}
{{- if and (eq ($settings.ACM_NUMBER_PRIVACY | default "plain") "hash") (not (hasKey $values.secrets "ACM_NUMBER_PRIVACY_KEY")) -}}
{{- fail "sidecar.secrets.ACM_NUMBER_PRIVACY_KEY: is needed with ACM_NUMBER_PRIVACY: hash, the same for every sidecar on the store" -}}
{{- end -}}
{{- $isConnected := $values.reconciliation.host | default .gatewayHost -}}
{{- if and $isConnected (not (include "acm-sidecar.reconciliationSecret" .)) (not $settings.ACM_ALLOW_PLAINTEXT) -}}
{{- fail "sidecar.reconciliation.tls.secretName: phone numbers would cross the network in the clear; name a Secret with ca.crt, or set ACM_ALLOW_PLAINTEXT: true" -}}
{{- end -}}
{{- $isStoreless := and (eq ($settings.ACM_DATA_DIR | default "") "none") (not (include "acm-sidecar.hasDatabase" .)) -}}
{{- if and $isStoreless (include "acm-sidecar.file" . | fromYaml).webhooks -}}
{{- fail "sidecar.file.webhooks: need a store, which keeps what they have not been told yet; ACM_DATA_DIR is none" -}}
{{- end -}}
{{- range $name, $_ := $values.secrets -}}
{{- if hasKey $values.settings $name -}}
{{- fail (printf "sidecar.secrets.%s: is under sidecar.settings too; give one of them" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
