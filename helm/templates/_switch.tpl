{{/*
Something where there are pods with a switch in them.
*/}}
{{- define "acm.hasPods" -}}
{{- if or (ne .Values.switch.kind "none") .Values.sidecar.sipAgent.enabled }}yes{{ end -}}
{{- end -}}

{{/*
What the sidecar's templates are told of the switch beside it, as YAML.
*/}}
{{- define "acm.known" -}}
{{- $switch := .Values.switch -}}
{{- $asks := ternary $switch.kamailio.asks $switch.kind (eq $switch.kind "kamailio") -}}
switchSeconds: {{ add (int $switch.drainSeconds) 10 }}
configurations: {{ ne $switch.kind "none" }}
agentIsMain: {{ eq $switch.kind "none" }}
sipPort: {{ int $switch.port }}
settings:
  {{- if eq $asks "evapi" }}
  ACM_EVAPI_ADDRESS: 127.0.0.1:8448
  {{- end }}
  {{- if or (eq $asks "evapi") (eq $asks "http") }}
  KAMAILIO_MI_URL: http://127.0.0.1:8060/rpc
  {{- end }}
  {{- if eq $asks "freeswitch" }}
  ACM_ESL_HOST: 127.0.0.1
  ACM_ESL_LISTEN_ADDRESS: 127.0.0.1:8084
  {{- end }}
  {{- if and .Values.gateway.enabled (not .Values.gateway.tls.secretName) }}
  ACM_ALLOW_PLAINTEXT: true
  {{- end }}
{{- if eq $asks "agent" }}
file:
  next_hop: sip:127.0.0.1:5070
contact: sip:127.0.0.1:5062;transport=udp
{{- else if eq $asks "none" }}
file:
  next_hop: {{ $switch.nextHop | quote }}
contact: {{ printf "sip:%s:%d;transport=udp,tcp" (include "acm.podAddress" .) (int $switch.port) | quote }}
{{- end }}
{{- if .Values.gateway.enabled }}
gatewayHost: {{ include "acm.fullname" . }}-gateway
gatewaySecret: {{ .Values.gateway.tls.secretName | quote }}
{{- end }}
{{- end -}}

{{/*
The pod's own address as it stands in a SIP URI.
*/}}
{{- define "acm.podAddress" -}}
{{- ternary "[$(POD_IP)]" "$(POD_IP)" .Values.switch.ipv6 -}}
{{- end -}}

{{/*
Kamailio with one of the shipped configurations. It listens on the pod's address, since with 0.0.0.0 it would not know what to
write into Via and Record-Route.
*/}}
{{- define "acm.kamailio" -}}
{{- $switch := .Values.switch -}}
{{- $kamailio := $switch.kamailio -}}
{{- $settings := .Values.sidecar.settings -}}
{{- $listen := printf "%s:%d" (include "acm.podAddress" .) (int $switch.port) -}}
command: [kamailio]
args:
  # In the foreground, with its log on standard error.
  - -DD
  - -E
  - -f
  - /etc/acm/switch/kamailio/kamailio-{{ $kamailio.asks }}.cfg
  - -m
  - {{ int $kamailio.sharedMemory | quote }}
  - -M
  - {{ int $kamailio.privateMemory | quote }}
  - -Y
  - /var/lib/switch
  - -l
  - {{ printf "tcp:%s%s" $listen (empty $switch.advertise | ternary "" (printf "/%s" $switch.advertise)) | quote }}
  - -A
  - {{ printf "ACM_SIP_LISTEN=udp:%s%s" $listen (empty $switch.advertise | ternary "" (printf " advertise %s" $switch.advertise)) | quote }}
  - -A
  - {{ printf "ACM_NEXT_HOP=%q" $switch.nextHop | quote }}
  {{- with .Values.sidecar.file.emergency_numbers }}
  {{- $numbers := list }}
  {{- range . }}{{ $numbers = append $numbers (regexQuoteMeta .) }}{{ end }}
  # As the sidecar has them.
  - -A
  - {{ printf "ACM_EMERGENCY_NUMBERS=\"^(%s)$\"" (join "|" $numbers) | quote }}
  {{- end }}
  {{- if and (eq $kamailio.asks "http") $settings.ACM_KAMAILIO_SWITCH_ID }}
  - -A
  - {{ printf "ACM_SWITCH_ID=%q" $settings.ACM_KAMAILIO_SWITCH_ID | quote }}
  {{- end }}
  {{- range $kamailio.definitions }}
  - -A
  - {{ . | quote }}
  {{- end }}
{{- end -}}

{{/*
FreeSWITCH with files/freeswitch.xml, which includes the shipped dialplan.
*/}}
{{- define "acm.freeswitch" -}}
command: [freeswitch]
args:
  # In the foreground, with its log on standard output.
  - -nf
  - -c
  - -nonat
  - -np
  - -conf
  - /etc/acm/freeswitch
  {{- range list "-log" "-db" "-run" "-storage" "-cache" "-recordings" "-temp" }}
  - {{ . }}
  - /var/lib/switch
  {{- end }}
{{- end -}}
