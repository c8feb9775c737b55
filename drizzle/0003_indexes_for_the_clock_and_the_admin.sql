CREATE INDEX "sync_state_other_doors_index" ON "sync_state" USING btree ("source","synced_at","version") WHERE "sync_state"."source" <> 'webhook' and "sync_state"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "sync_state_gone_index" ON "sync_state" USING btree ("deleted_at","banned_at") WHERE "sync_state"."deleted_at" is not null or "sync_state"."banned_at" is not null;--> statement-breakpoint
CREATE INDEX "users_created_at_index" ON "users" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "users_without_email_index" ON "users" USING btree ("id") WHERE "users"."email" is null;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_dead_letters_index" ON "webhook_deliveries" USING btree ("received_at") WHERE "webhook_deliveries"."outcome" = 'dead-letter';