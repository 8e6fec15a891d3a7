from chassis.service import main

main("assistant_sync", settings="assistant_sync.settings:AssistantSyncSettings", serve="assistant_sync.app:serve")
