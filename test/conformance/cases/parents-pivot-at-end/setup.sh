mkdir a; touch a/f
