mkdir a; touch a/f; ln -s a link
