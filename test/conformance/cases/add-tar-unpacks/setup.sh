mkdir t && cd t && mkdir -m 750 d && echo x > d/f && chmod 4755 d/f && ln -s f d/l && ln d/f d/h && touch -d '2005-05-05 UTC' d/f
tar --owner=12 --group=34 -cf ../plain.tar d && tar --owner=12 --group=34 -czf ../zipped.tar.gz d && tar --owner=12 --group=34 -cjf ../bzipped.tbz d && tar --owner=12 --group=34 -cJf ../xzipped.txz d
cd .. && rm -r t
