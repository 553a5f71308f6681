{ home.username = "ada"; home.homeDirectory = "/home/ada"; home.stateVersion = "26.05"; }
