{{- /* What the schema cannot say, because it is about several values at once or is said more clearly here. No secret is repeated. */ -}}
{{- define "flagsvc.checked" -}}
{{- include "flagsvc.checkedShutdown" . -}}
{{- include "flagsvc.checkedPods" . -}}
{{- include "flagsvc.checkedSecrets" . -}}
{{- include "flagsvc.checkedPorts" . -}}
{{- include "flagsvc.checkedScrapes" . -}}
{{- include "flagsvc.checkedGitops" . -}}
{{- if and (eq .Values.serviceAccount.token "none") (include "flagsvc.clusterRouters" . | fromJson) -}}
{{- fail (printf "serviceAccount.token: none, but these routers of files.routers.content need one: %s" (include "flagsvc.clusterRouters" . | fromJson | keys | sortAlpha | join ", ")) -}}
{{- end -}}
{{- $account := .Values.serviceAccount -}}
{{- if and .Values.rbac.create (not $account.create) (has $account.name (list "" "default")) (include "flagsvc.clusterRouters" . | fromJson) -}}
{{- fail "serviceAccount.name: needed, or create: the account default, which every pod of the namespace has, would get the rights of your routers" -}}
{{- end -}}
{{- if regexMatch "(^|[,\\s])(0\\.0\\.0\\.0|::)/0" (.Values.settings.trustedProxies | default "") -}}
{{- fail "settings.trustedProxies: everybody would be believed; name the networks of your ingress controller" -}}
{{- end -}}
{{- end }}

{{- define "flagsvc.checkedShutdown" -}}
{{- $shutdown := .Values.shutdown -}}
{{- $least := add $shutdown.preStopSeconds $shutdown.drainSeconds $shutdown.requestSeconds -}}
{{- if and $shutdown.graceSeconds (lt (int $shutdown.graceSeconds) (int $least)) -}}
{{- fail (printf "shutdown.graceSeconds: %d is less than preStopSeconds, drainSeconds and requestSeconds together (%d): pods would be killed while they still answer" (int $shutdown.graceSeconds) $least) -}}
{{- end -}}
{{- end }}

{{- define "flagsvc.checkedPods" -}}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) -}}
{{- fail "autoscaling.minReplicas: greater than autoscaling.maxReplicas" -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (not .Values.autoscaling.cpuUtilization) (not .Values.autoscaling.memoryUtilization) (not .Values.autoscaling.metrics) -}}
{{- fail "autoscaling: nothing to scale by; set cpuUtilization, memoryUtilization or metrics" -}}
{{- end -}}
{{- if .Values.autoscaling.enabled -}}
{{- $requests := (.Values.resources | default dict).requests | default dict -}}
{{- range $share, $of := dict "cpuUtilization" "cpu" "memoryUtilization" "memory" -}}
{{- if and (index $.Values.autoscaling $share) (not (get $requests $of)) -}}
{{- fail (printf "autoscaling.%s: a share of resources.requests.%s, which is empty" $share $of) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $update := .Values.updateStrategy -}}
{{- if and (eq .Values.database.type "postgresql") (has (toString $update.maxSurge) (list "0" "0%")) (has (toString $update.maxUnavailable) (list "0" "0%")) -}}
{{- fail "updateStrategy: maxSurge and maxUnavailable are both 0: no pod could ever be replaced" -}}
{{- end -}}
{{- end }}

{{- define "flagsvc.checkedSecrets" -}}
{{- $postgresql := list "^postgresql(\\+psycopg)?://" "postgresql://USER:PASSWORD@HOST:5432/DATABASE" -}}
{{- $token := list "^[!-~]{16,512}$" "16 to 512 visible ASCII characters" -}}
{{- $secrets := .Values.secrets -}}
{{- range list
  (list "secrets.databaseUrl" $secrets.databaseUrl $postgresql)
  (list "migrations.databaseUrl" .Values.migrations.databaseUrl $postgresql)
  (list "secrets.redisUrl" $secrets.redisUrl (list "^(rediss?(\\+sentinel|\\+cluster)?|unix)://" "redis[s]://…, or its like for Sentinel, a cluster or a socket"))
  (list "secrets.adminToken" $secrets.adminToken $token)
  (list "secrets.sampleToken" $secrets.sampleToken $token)
  (list "gitops.token" .Values.gitops.token $token) -}}
{{- $given := index . 1 -}}
{{- $expected := index . 2 -}}
{{- if and $given.value (not (regexMatch (first $expected) (trim $given.value))) -}}
{{- fail (printf "%s.value: expected %s" (first .) (last $expected)) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "flagsvc.checkedGitops" -}}
{{- with .Values.gitops -}}
{{- if .enabled -}}
{{- if not .repository -}}
{{- fail "gitops.repository: needed: https://…, ssh://… or git@HOST:PATH" -}}
{{- end -}}
{{- if regexMatch "^https?://[^/]*@" .repository -}}
{{- fail "gitops.repository: a user or password in it would stand in the Deployment for all to see; give them in credentials" -}}
{{- end -}}
{{- if not (regexMatch "^(https://[^/\\s]+/\\S+|ssh://([^/:@\\s]+@)?(\\[[0-9A-Fa-f:.]+\\]|[^/:@\\s]+)(:[0-9]+)?/\\S+|git@[^:/\\s]+:\\S+)$" .repository) -}}
{{- fail "gitops.repository: expected https://…, ssh://… or git@HOST:PATH" -}}
{{- end -}}
{{- if not (or .token.value .token.secretName) -}}
{{- fail "gitops.token: needed: an admin token of all environments, as value, or secretName of the Secret that has it" -}}
{{- end -}}
{{- $ssh := not (hasPrefix "https://" .repository) -}}
{{- if and $ssh (or (ne .credentials.kind "ssh") (not .credentials.secretName)) -}}
{{- fail "gitops.credentials: a repository by SSH needs kind: ssh, and secretName of the Secret with the key and known_hosts" -}}
{{- end -}}
{{- if and (not $ssh) (eq .credentials.kind "ssh") -}}
{{- fail "gitops.credentials.kind: ssh, but gitops.repository is https://: take password or none" -}}
{{- end -}}
{{- if and (eq .credentials.kind "password") (not .credentials.secretName) -}}
{{- fail "gitops.credentials.secretName: needed: the Secret with username and password" -}}
{{- end -}}
{{- if and (eq .credentials.kind "none") .credentials.secretName -}}
{{- fail "gitops.credentials.kind: none, but there is a secretName: say password or ssh" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "flagsvc.checkedPorts" -}}
{{- $service := .Values.service -}}
{{- $metrics := int .Values.metrics.port -}}
{{- if eq $metrics 8080 -}}
{{- fail "metrics.port: 8080 is that of the pods themselves; null leaves /metrics there" -}}
{{- end -}}
{{- if eq $metrics (int $service.port) -}}
{{- fail (printf "metrics.port: %d is service.port already" $metrics) -}}
{{- end -}}
{{- if and $service.nodePort (eq $service.type "ClusterIP") -}}
{{- fail "service.nodePort: service.type ClusterIP has none" -}}
{{- end -}}
{{- if and $service.loadBalancerSourceRanges (ne $service.type "LoadBalancer") -}}
{{- fail "service.loadBalancerSourceRanges: service.type has to be LoadBalancer" -}}
{{- end -}}
{{- end }}

{{- /* Prometheus' operator passes over a monitor whose scrapes take longer than till the next one: nothing would be scraped. */ -}}
{{- define "flagsvc.checkedScrapes" -}}
{{- with .Values.metrics.serviceMonitor -}}
{{- if and .enabled (gt (include "flagsvc.milliseconds" .scrapeTimeout | int64) (include "flagsvc.milliseconds" .interval | int64)) -}}
{{- fail (printf "metrics.serviceMonitor.scrapeTimeout: %s is longer than the interval, %s" .scrapeTimeout .interval) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* A length of time as Prometheus writes it, such as 1m30s. */ -}}
{{- define "flagsvc.milliseconds" -}}
{{- $of := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 -}}
{{- $sum := 0 -}}
{{- range regexFindAll "[0-9]+(ms|s|m|h)" . -1 -}}
{{- $unit := regexFind "[a-z]+" . -}}
{{- $sum = add $sum (mul (trimSuffix $unit . | int64) (get $of $unit)) -}}
{{- end -}}
{{ $sum }}
{{- end }}
