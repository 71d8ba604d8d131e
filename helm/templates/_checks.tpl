{{/*
What a schema cannot say: values that do not go together. Whoever installs hears of it, and not the log of a pod that crashes.
*/}}
{{- define "acm.check" -}}
{{- $sidecar := .Values.sidecar -}}
{{- $switch := .Values.switch -}}
{{- $agent := $sidecar.sipAgent.enabled -}}
{{- if and (eq $switch.kind "none") (not $agent) (not .Values.gateway.enabled) -}}
{{- fail "switch.kind is none, and neither sidecar.sipAgent.enabled nor gateway.enabled is true: there is nothing to install" -}}
{{- end -}}
{{- if and (eq $switch.kind "kamailio") (ne $agent (eq $switch.kamailio.asks "agent")) -}}
{{- fail "switch.kamailio.asks: is agent if sidecar.sipAgent.enabled is true, and only then" -}}
{{- end -}}
{{- if and (eq $switch.kind "kamailio") (eq $switch.kamailio.asks "http") $sidecar.tls.secretName -}}
{{- fail "switch.kamailio.asks: with sidecar.tls.secretName HTTP needs a client certificate, which Kamailio's configuration has not; take evapi" -}}
{{- end -}}
{{- if and (eq $switch.kind "freeswitch") $agent -}}
{{- fail "sidecar.sipAgent.enabled: FreeSWITCH asks the sidecar by itself; take switch.kind kamailio or none" -}}
{{- end -}}
{{- if and $switch.ipv6 (not (hasPrefix "[" $sidecar.listenHost)) -}}
{{- fail "sidecar.listenHost: pods have IPv6 addresses only (switch.ipv6), so probes reach [::], not 0.0.0.0" -}}
{{- end -}}
{{- $isAlone := and (le (int $switch.replicas) 1) (eq $switch.strategy.type "Recreate") -}}
{{- if and (hasKey $sidecar.dataVolume "persistentVolumeClaim") (include "acm-sidecar.hasDataVolume" (dict "root" .)) (not $isAlone) -}}
{{- fail "sidecar.dataVolume: one pod at a time can have a store on a claim; set switch.replicas: 1 and switch.strategy.type: Recreate, or name a database" -}}
{{- end -}}
{{- if gt (int (first $switch.freeswitch.rtpPorts)) (int (last $switch.freeswitch.rtpPorts)) -}}
{{- fail "switch.freeswitch.rtpPorts: the first port is above the last" -}}
{{- end -}}
{{- include "acm.checkGateway" . -}}
{{- end -}}

{{- define "acm.checkGateway" -}}
{{- $gateway := .Values.gateway -}}
{{- $sidecar := .Values.sidecar -}}
{{- $tokens := or $gateway.tokenHashes (hasKey $gateway.secrets "ACM_GATEWAY_TOKEN_HASHES") -}}
{{- if $gateway.enabled -}}
{{- if not (hasKey $gateway.secrets "ACM_GATEWAY_DATABASE_URL") -}}
{{- fail "gateway.secrets.ACM_GATEWAY_DATABASE_URL: needs the Secret with the URL that `acm lumadb-gateway prepare` printed" -}}
{{- end -}}
{{- if not (or $gateway.tls.secretName $gateway.allowPlaintext) -}}
{{- fail "gateway.tls.secretName: needs a Secret with a certificate; or set gateway.allowPlaintext, to send phone numbers in the clear" -}}
{{- end -}}
{{- if and $gateway.tls.clientCertificates (not $gateway.tls.secretName) -}}
{{- fail "gateway.tls.clientCertificates: needs gateway.tls.secretName" -}}
{{- end -}}
{{- if not (or $tokens $gateway.tls.clientCertificates) -}}
{{- fail "gateway.tokenHashes: anybody could store and read what sidecars see; make a token with `acm lumadb-gateway token`, or set gateway.tls.clientCertificates" -}}
{{- end -}}
{{- if and $gateway.tokenHashes (hasKey $gateway.secrets "ACM_GATEWAY_TOKEN_HASHES") -}}
{{- fail "gateway.tokenHashes: are in gateway.secrets.ACM_GATEWAY_TOKEN_HASHES already; give one of them" -}}
{{- end -}}
{{- if gt (int $gateway.autoscaling.minReplicas) (int $gateway.autoscaling.maxReplicas) -}}
{{- fail "gateway.autoscaling.minReplicas: is more than maxReplicas" -}}
{{- end -}}
{{- if include "acm.hasPods" . -}}
{{- if and $tokens (not (hasKey $sidecar.secrets "LUMADB_GRPC_TOKEN")) -}}
{{- fail "sidecar.secrets.LUMADB_GRPC_TOKEN: the gateway wants a token; name the Secret that holds it" -}}
{{- end -}}
{{- if and $gateway.tls.clientCertificates (not (and $sidecar.reconciliation.tls.secretName $sidecar.reconciliation.tls.clientCertificate)) -}}
{{- fail "sidecar.reconciliation.tls.secretName: the gateway wants a client certificate; name the Secret that holds it, and set sidecar.reconciliation.tls.clientCertificate" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
