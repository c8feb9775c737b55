CREATE TABLE "reconcile_runs" (
	"id" text PRIMARY KEY NOT NULL,
	"trigger" text NOT NULL,
	"dry_run" boolean NOT NULL,
	"status" text NOT NULL,
	"reason" text,
	"clerk_count" integer,
	"neon_count" integer,
	"counts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "reconcile_runs_trigger_check" CHECK ("reconcile_runs"."trigger" in ('cron', 'admin', 'cli')),
	CONSTRAINT "reconcile_runs_status_check" CHECK ("reconcile_runs"."status" in ('running', 'complete', 'stopped', 'failed'))
);
--> statement-breakpoint
CREATE INDEX "reconcile_runs_started_at_index" ON "reconcile_runs" USING btree ("started_at");