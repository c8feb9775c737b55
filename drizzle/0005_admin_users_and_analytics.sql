DROP INDEX "usage_daily_day_index";--> statement-breakpoint
DROP INDEX "users_created_at_index";--> statement-breakpoint
CREATE INDEX "usage_daily_sample_index" ON "usage_daily" USING btree ("day",left(md5("user_id"), 8));--> statement-breakpoint
CREATE INDEX "users_newest_index" ON "users" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "users_email_search_index" ON "users" USING btree (lower("email") text_pattern_ops);--> statement-breakpoint
CREATE INDEX "users_name_search_index" ON "users" USING btree (lower(coalesce("first_name" || ' ', '') || coalesce("last_name", '')) text_pattern_ops);--> statement-breakpoint
CREATE INDEX "users_last_name_search_index" ON "users" USING btree (lower("last_name") text_pattern_ops) WHERE "users"."last_name" is not null;--> statement-breakpoint
CREATE INDEX "users_paid_index" ON "users" USING btree ("tier") WHERE "users"."tier" <> 'FREE';