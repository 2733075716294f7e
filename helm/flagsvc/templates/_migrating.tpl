{{- /* The container that brings the schema up to date: in the hook's Job, and before each pod's own with `init`. */ -}}
{{- define "flagsvc.migrating" -}}
name: migrations
image: {{ include "flagsvc.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
command: [flagsvc, db, upgrade]
env:
  - name: FLAGSVC_DATA_DIR
    value: /data
  {{- if eq .Values.database.type "postgresql" }}
  - name: FLAGSVC_DATABASE_URL_FILE
    value: /run/secrets/migrations/database-url
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  {{- include "flagsvc.containerSecurity" . | nindent 2 }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
  {{- if eq .Values.database.type "postgresql" }}
  - name: migrations
    mountPath: /run/secrets/migrations
    readOnly: true
  {{- else }}
  - name: data
    mountPath: /data
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "flagsvc.migratingVolumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- if eq .Values.database.type "postgresql" }}
{{- $from := include "flagsvc.migrationSecret" . | fromYaml }}
- name: migrations
  secret:
    secretName: {{ $from.secret | quote }}
    defaultMode: 0440
    items:
      - key: {{ $from.key | quote }}
        path: database-url
{{- end }}
{{- end }}

{{- /* Which nodes may run pods of ours. */ -}}
{{- define "flagsvc.placement" -}}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
