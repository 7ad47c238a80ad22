// DemoServers
