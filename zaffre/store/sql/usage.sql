-- name: total_usage(by_day, by_principal, by_deployment, first_day, last_day)
SELECT
    CASE WHEN :by_day THEN day ELSE '' END AS shown_day,
    CASE WHEN :by_principal THEN principal ELSE '' END AS shown_principal,
    CASE WHEN :by_deployment THEN deployment ELSE '' END AS shown_deployment,
    COUNT(*),
    CAST(SUM(CASE WHEN status >= 400 AND cancelled = 0 THEN 1 ELSE 0 END) AS BIGINT),
    CAST(SUM(cancelled) AS BIGINT),
    CAST(SUM(prompt_tokens) AS BIGINT),
    CAST(SUM(completion_tokens) AS BIGINT),
    CAST(SUM(cached_tokens) AS BIGINT),
    CAST(SUM(estimated) AS BIGINT)
FROM usage
WHERE day >= :first_day AND day <= :last_day
GROUP BY shown_day, shown_principal, shown_deployment
ORDER BY shown_day, shown_principal, shown_deployment;
