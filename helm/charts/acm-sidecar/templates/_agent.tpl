{{/*
The shipped configurations, copied out of the sidecar's image: so they fit the sidecar, whatever its version.
*/}}
{{- define "acm-sidecar.configurationsContainer" -}}
{{- $image := .root.Values.sidecar.image -}}
- name: acm-configurations
  image: {{ include "acm-sidecar.image" $image }}
  imagePullPolicy: {{ $image.pullPolicy }}
  command: [cp, -Rf, /opt/acm/sidecar/., /etc/acm/switch/]
  resources:
    requests:
      cpu: 50m
      memory: 32Mi
    limits:
      memory: 64Mi
  securityContext:
    {{- include "acm-sidecar.containerSecurity" . | nindent 4 }}
  volumeMounts:
    - name: acm-switch
      mountPath: /etc/acm/switch
{{- end -}}

{{/*
drachtio-server. Its admin port is on loopback, by the shipped configuration.
*/}}
{{- define "acm-sidecar.drachtioContainer" -}}
{{- $values := .root.Values.sidecar -}}
{{- $drachtio := $values.drachtio -}}
- name: drachtio
  image: {{ include "acm-sidecar.image" $drachtio.image }}
  imagePullPolicy: {{ $drachtio.image.pullPolicy }}
  command: [drachtio]
  args:
    - --file
    - /etc/acm/switch/drachtio/drachtio.conf.xml
    - --contact
    - {{ .contact | default $drachtio.contact | quote }}
    {{- with $drachtio.externalIp }}
    - --external-ip
    - {{ . | quote }}
    {{- end }}
  restartPolicy: Always
  env:
    - name: POD_IP
      valueFrom:
        fieldRef:
          fieldPath: status.podIP
    {{- with $values.sipAgent.secrets.ACM_DRACHTIO_SECRET }}
    {{- include "acm-sidecar.env" (dict "secrets" (dict "DRACHTIO_SECRET" .)) | trim | nindent 4 }}
    {{- end }}
  {{- if .agentIsMain }}
  ports:
    - name: sip-udp
      containerPort: {{ int .sipPort }}
      protocol: UDP
    - name: sip-tcp
      containerPort: {{ int .sipPort }}
      protocol: TCP
  {{- end }}
  resources:
    {{- toYaml $drachtio.resources | nindent 4 }}
  securityContext:
    {{- include "acm-sidecar.containerSecurity" . | nindent 4 }}
  volumeMounts:
    - name: acm-switch
      mountPath: /etc/acm/switch
      readOnly: true
    - name: acm-tmp
      mountPath: /tmp
{{- end -}}

{{/*
`acm sip-agent`, which asks over the UNIX socket.
*/}}
{{- define "acm-sidecar.agentContainer" -}}
{{- $values := .root.Values.sidecar -}}
{{- $agent := $values.sipAgent -}}
{{- if not (dig "next_hop" "" (include "acm-sidecar.file" . | fromYaml)) }}
{{- fail "sidecar.file.next_hop: the SIP agent (sidecar.sipAgent.enabled) needs the SIP URI that calls are passed on to" }}
{{- end -}}
- name: acm-sip-agent
  image: {{ include "acm-sidecar.image" $values.image }}
  imagePullPolicy: {{ $values.image.pullPolicy }}
  args: [sip-agent]
  {{- if not .agentIsMain }}
  restartPolicy: Always
  {{- end }}
  env:
    {{- $own := dict "ACM_SIDECAR_ADDRESS" "unix:/run/acm/acm.sock" "ACM_DRACHTIO_ADDRESS" "127.0.0.1:9022" "ACM_SIP_METRICS_ADDRESS" "127.0.0.1:5002" "ACM_CONFIG" "/etc/acm/config/acm.yaml" "ACM_HEALTH_ADDRESS" (printf "%s:%d" $values.listenHost (int $agent.health.port)) }}
    {{- include "acm-sidecar.env" (dict "settings" (mergeOverwrite (deepCopy $agent.settings) $own) "secrets" $agent.secrets) | trim | nindent 4 }}
  ports:
    - name: agent-health
      containerPort: {{ int $agent.health.port }}
  {{- include "acm-sidecar.probes" (dict "port" "agent-health" "attempts" $values.startupAttempts "readiness" true) | nindent 2 }}
  resources:
    {{- toYaml $agent.resources | nindent 4 }}
  securityContext:
    {{- include "acm-sidecar.containerSecurity" . | nindent 4 }}
  volumeMounts:
    - name: acm-socket
      mountPath: /run/acm
      readOnly: true
    - name: acm-tmp
      mountPath: /tmp
    {{- include "acm-sidecar.configMounts" . | nindent 4 }}
{{- end -}}
