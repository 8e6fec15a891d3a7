from assistant_sync.app import serve
from assistant_sync.settings import AssistantSyncSettings
from chassis.service import main

if __name__ == "__main__":
    main("assistant_sync", AssistantSyncSettings, serve)
