"""Voice modems by their AT commands: ITU-T V.253 (`+V…`) and Rockwell (`#V…`), one modem for each port."""
