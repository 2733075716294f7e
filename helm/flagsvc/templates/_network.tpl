{{- define "flagsvc.namesEgress" -}}
{{- with .Values.networkPolicy.egress.dns -}}
- ports:
    - { protocol: UDP, port: {{ .port }} }
    - { protocol: TCP, port: {{ .port }} }
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{- /* What migrations need of the network, and the service, too: names, and PostgreSQL where it is used. */ -}}
{{- define "flagsvc.databaseEgress" -}}
{{- include "flagsvc.namesEgress" . }}
{{- with .Values.networkPolicy.egress -}}
{{- if eq $.Values.database.type "postgresql" }}
- ports:
    - { protocol: TCP, port: {{ .postgresql.port }} }
  {{- with .postgresql.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}
