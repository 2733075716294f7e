{{- define "flagsvc.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "flagsvc.fullname" -}}
{{- $name := include "flagsvc.name" . -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains $name .Release.Name -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- /* What never changes, or nothing could be upgraded: the selector of the Deployment is immutable. */ -}}
{{- define "flagsvc.release" -}}
app.kubernetes.io/name: {{ include "flagsvc.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "flagsvc.selector" -}}
{{ include "flagsvc.release" . }}
app.kubernetes.io/component: server
{{- end }}

{{- /* What keeps flags in step with Git: never a pod of the service. */ -}}
{{- define "flagsvc.gitopsSelector" -}}
{{ include "flagsvc.release" . }}
app.kubernetes.io/component: gitops
{{- end }}

{{- /* A dict with `root`, `component`, and `more` labels where there are some. Ours win, and they come last. */ -}}
{{- define "flagsvc.labels" -}}
{{- with merge dict (.more | default dict) .root.Values.commonLabels }}{{ toYaml . }}
{{ end -}}
{{ include "flagsvc.release" .root }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "flagsvc.image" -}}
{{ include "flagsvc.imageOf" (merge (dict "tag" (.Values.image.tag | default .Chart.AppVersion)) .Values.image) }}
{{- end }}

{{- define "flagsvc.imageOf" -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag }}
{{- end -}}
{{- end }}

{{- /* How often, and what of it: of the service, and of what follows Git. */ -}}
{{- define "flagsvc.scraping" -}}
path: /metrics
interval: {{ .interval }}
scrapeTimeout: {{ .scrapeTimeout }}
{{- with .relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "flagsvc.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "flagsvc.fullname" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end }}

{{- /* The routers that ask this cluster's API server as the pod: JSON, by name. */ -}}
{{- define "flagsvc.clusterRouters" -}}
{{- $found := dict -}}
{{- range $name, $router := .Values.files.routers.content -}}
{{- if and (has $router.kind (list "istio" "kubernetes-deployments" "kubernetes-httproute")) (not $router.kubeconfig) -}}
{{- $_ := set $found $name $router -}}
{{- end -}}
{{- end -}}
{{ toJson $found }}
{{- end }}

{{- /* "true" or "": whether pods get a token of the service account. */ -}}
{{- define "flagsvc.hasToken" -}}
{{- $token := .Values.serviceAccount.token -}}
{{- if or (eq $token "mount") (and (eq $token "auto") (include "flagsvc.clusterRouters" . | fromJson)) -}}
true
{{- end -}}
{{- end }}

{{- /* JSON: the files that there are, with `variable`, `path`, and where each comes from. */ -}}
{{- define "flagsvc.files" -}}
{{- $known := list
  (dict "name" "routers" "variable" "FLAGSVC_ROUTERS" "path" "routers.yaml" "member" "routers")
  (dict "name" "metricSources" "variable" "FLAGSVC_METRIC_SOURCES" "path" "metric-sources.yaml" "member" "sources")
  (dict "name" "notifiers" "variable" "FLAGSVC_NOTIFIERS" "path" "notifiers.yaml" "member" "notifiers")
  (dict "name" "outboundCa" "variable" "FLAGSVC_OUTBOUND_CA" "path" "outbound-ca.pem" "member" "") -}}
{{- $found := list -}}
{{- range $known -}}
{{- $source := index $.Values.files .name -}}
{{- if or $source.content $source.configMapName $source.secretName -}}
{{- $found = append $found (merge (dict "source" $source) .) -}}
{{- end -}}
{{- end -}}
{{ dict "files" $found | toJson }}
{{- end }}

{{- /* JSON: the secrets of the service that there are, with `variable`, `path`, and the Secret and key of each. */ -}}
{{- define "flagsvc.secrets" -}}
{{- $known := dict
  "adminToken" "FLAGSVC_ADMIN_TOKEN" "databaseUrl" "FLAGSVC_DATABASE_URL" "redisUrl" "FLAGSVC_REDIS_URL"
  "signingKey" "FLAGSVC_SIGNING_KEY" "cohortKey" "FLAGSVC_COHORT_KEY" "hookSecret" "FLAGSVC_HOOK_SECRET"
  "sampleToken" "FLAGSVC_SAMPLE_TOKEN" -}}
{{- $found := list -}}
{{- range $name, $variable := $known -}}
{{- $given := index $.Values.secrets $name -}}
{{- $path := kebabcase $name -}}
{{- if $given.secretName -}}
{{- $found = append $found (dict "variable" $variable "path" $path "secret" $given.secretName "key" $given.secretKey) -}}
{{- else if $given.value -}}
{{- $found = append $found (dict "variable" $variable "path" $path "secret" (include "flagsvc.fullname" $) "key" $path "value" $given.value) -}}
{{- end -}}
{{- end -}}
{{ dict "secrets" $found | toJson }}
{{- end }}

{{- /* The Secret and key of the address that migrations use, as YAML. What a hook has left behind is never taken for the release's own. */ -}}
{{- define "flagsvc.migrationSecret" -}}
{{- $own := .Values.migrations.databaseUrl -}}
{{- $given := ternary $own .Values.secrets.databaseUrl (or $own.value $own.secretName | empty | not) -}}
{{- if $given.secretName -}}
secret: {{ $given.secretName | quote }}
key: {{ $given.secretKey | quote }}
{{- else -}}
secret: {{ printf "%s-%s" (include "flagsvc.fullname" .) (eq .Values.migrations.mode "hook" | ternary "migrations" "schema") | quote }}
key: database-url
value: {{ $given.value | quote }}
{{- end -}}
{{- end }}

{{- /* "true" or "": whether the budget, where there is one, never lets a pod go by itself. */ -}}
{{- define "flagsvc.holdsUpDrains" -}}
{{- $budget := .Values.podDisruptionBudget -}}
{{- $least := .Values.autoscaling.enabled | ternary .Values.autoscaling.minReplicas .Values.replicas -}}
{{- if and $budget.enabled (eq .Values.database.type "postgresql") -}}
{{- if kindIs "invalid" $budget.minAvailable -}}
{{- has (toString $budget.maxUnavailable) (list "0" "0%") | ternary "true" "" -}}
{{- else if kindIs "string" $budget.minAvailable -}}
{{- eq $budget.minAvailable "100%" | ternary "true" "" -}}
{{- else -}}
{{- ge (int $budget.minAvailable) (int $least) | ternary "true" "" -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "flagsvc.podSecurity" -}}
runAsNonRoot: true
{{- with .Values.security.userId }}
runAsUser: {{ int64 . }}
{{- end }}
{{- with .Values.security.groupId }}
runAsGroup: {{ int64 . }}
fsGroup: {{ int64 . }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "flagsvc.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
