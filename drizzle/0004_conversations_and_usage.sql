CREATE TABLE "conversations" (
	"user_id" text NOT NULL,
	"id" uuid NOT NULL,
	"title" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "conversations_pkey" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"user_id" text NOT NULL,
	"id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "messages_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"role" text NOT NULL,
	"content" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"reply_to" uuid,
	"status" text,
	"attempt" smallint,
	"attempted_at" timestamp with time zone,
	"window_start" timestamp with time zone,
	"prompt_tokens" integer,
	"completion_tokens" integer,
	CONSTRAINT "messages_pkey" PRIMARY KEY("user_id","id"),
	CONSTRAINT "messages_role_check" CHECK ("messages"."role" in ('user', 'assistant')),
	CONSTRAINT "messages_status_check" CHECK ("messages"."status" in ('pending', 'complete', 'stopped', 'failed')),
	CONSTRAINT "messages_reply_check" CHECK (num_nonnulls("messages"."reply_to", "messages"."status", "messages"."attempt", "messages"."attempted_at") =
        case "messages"."role" when 'assistant' then 4 else 0 end)
);
--> statement-breakpoint
CREATE TABLE "tier_changes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "tier_changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"user_id" text NOT NULL,
	"from_tier" text NOT NULL,
	"to_tier" text NOT NULL,
	"actor" text NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tier_changes_from_check" CHECK ("tier_changes"."from_tier" in ('FREE', 'PRO', 'MAXX')),
	CONSTRAINT "tier_changes_to_check" CHECK ("tier_changes"."to_tier" in ('FREE', 'PRO', 'MAXX'))
);
--> statement-breakpoint
CREATE TABLE "usage_daily" (
	"user_id" text NOT NULL,
	"day" date NOT NULL,
	"messages" integer DEFAULT 0 NOT NULL,
	"prompt_tokens" bigint DEFAULT 0 NOT NULL,
	"completion_tokens" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "usage_daily_pkey" PRIMARY KEY("user_id","day")
);
--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_conversation_fk" FOREIGN KEY ("user_id","conversation_id") REFERENCES "public"."conversations"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tier_changes" ADD CONSTRAINT "tier_changes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "usage_daily" ADD CONSTRAINT "usage_daily_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "conversations_newest_index" ON "conversations" USING btree ("user_id","updated_at","id");--> statement-breakpoint
CREATE INDEX "messages_history_index" ON "messages" USING btree ("user_id","conversation_id","position");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_reply_unique" ON "messages" USING btree ("user_id","reply_to") WHERE "messages"."reply_to" is not null;--> statement-breakpoint
CREATE INDEX "tier_changes_user_index" ON "tier_changes" USING btree ("user_id","changed_at");--> statement-breakpoint
CREATE INDEX "usage_daily_day_index" ON "usage_daily" USING btree ("day");