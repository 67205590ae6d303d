{{- define "echeance.image" -}}
{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "echeance.database" -}}
{{ .Values.database.host }}/{{ .Values.database.name }}{{ if .Values.database.authority.secret }}?ssl=verify-full{{ end }}
{{- end }}

{{- define "echeance.topics" -}}
- topics
- {{ .Values.kafka.topics }}
{{- with .Values.kafka.replicas }}
- --replicas
- {{ . | quote }}
{{- end }}
{{- end }}
