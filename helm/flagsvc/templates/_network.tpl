{{- /* What migrations need of the network, and the service, too: names, and PostgreSQL where it is used. */ -}}
{{- define "flagsvc.databaseEgress" -}}
{{- with .Values.networkPolicy.egress -}}
- ports:
    - { protocol: UDP, port: {{ .dns.port }} }
    - { protocol: TCP, port: {{ .dns.port }} }
  {{- with .dns.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
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
