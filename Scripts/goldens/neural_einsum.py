"""Einsum."""
import numpy as np

from goldens.recorder import BF16, COMPLEX, FLOATS

LOW = {np.float16: 4e-3, BF16: 3e-2}


def cases(g):
    def einsum(equation, *shapes, dtype=np.float32):
        g.case("Einsum", inputs=[g.values(dtype, s, seed=i) for i, s in enumerate(shapes)], equation=equation,
               tolerance=LOW.get(dtype))

    for dtype in FLOATS + COMPLEX + [np.int32, np.int64]:
        einsum("ab,bc->ac", (2, 3), (3, 4), dtype=dtype)
        einsum("ab->ba", (2, 3), dtype=dtype)
        einsum("ab->a", (2, 3), dtype=dtype)
        einsum("abc,cd->abd", (2, 3, 4), (4, 2), dtype=dtype)
    for equation, *shapes in [
        ("abc,cde->abde", (2, 3, 4), (4, 2, 3)), ("abcd,cde->abe", (2, 3, 2, 4), (2, 4, 3)),
        ("BNTS,BSNH->BTNH", (2, 3, 4, 5), (2, 5, 3, 2)), ("BTNH,BSNH->BNTS", (2, 4, 3, 2), (2, 5, 3, 2)),
        ("ab,c->abc", (2, 3), (4,)), ("...i,...i->...", (2, 3, 4), (2, 3, 4)), ("...ij,...jk->...ik", (2, 3, 4), (2, 4, 5)),
        ("ab,cbd->cad", (2, 3), (4, 3, 5)), ("abc,acd->abd", (2, 3, 4), (2, 4, 5)), ("abc,dce->abde", (2, 3, 4), (2, 4, 3)),
        ("abcd,ecd->abe", (2, 3, 2, 4), (5, 2, 4)), ("abcd,ecd->acbe", (2, 3, 4, 2), (5, 4, 2)),
        ("abcde,aebf->adbcf", (2, 3, 2, 2, 4), (2, 4, 3, 2)), ("abcde,afce->acdbf", (2, 3, 2, 2, 4), (2, 3, 2, 4)),
        ("acbe,aecd->abcd", (2, 3, 4, 5), (2, 5, 3, 2)), ("aecd,abcd->acbe", (2, 3, 4, 5), (2, 2, 4, 5)),
        ("bhqd,bhkd->bhqk", (2, 2, 3, 4), (2, 2, 5, 4)), ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("bij->", (2, 3, 4)),
        ("bijk,bkl->bijl", (2, 3, 2, 4), (2, 4, 5)), ("bqhd,bkhd->bhqk", (2, 3, 2, 4), (2, 5, 2, 4)), ("bt,btd->bd", (2, 3), (2, 3, 4)),
        ("btd,bd->bt", (2, 3, 4), (2, 4)), ("bte,de->btd", (2, 3, 4), (5, 4)), ("i,i->", (4,), (4,)), ("i,j->ij", (2,), (3,)),
        ("i,->i", (3,), ()), (",->", (), ()), ("->", ()), ("ij,jk->ki", (2, 3), (3, 4)), ("ij,kj->ki", (2, 3), (4, 3)),
        ("ji,jk->ik", (3, 2), (3, 4)), ("ijk,jil->kl", (2, 3, 4), (3, 2, 5)), ("ijk,ijk->ijk", (2, 3, 2), (2, 3, 2)),
        ("ijk,ijk->", (2, 3, 2), (2, 3, 2)), ("ab,cd->", (2, 3), (4, 5)), ("abc,ad->bd", (2, 3, 4), (2, 5)), ("abc,db->ad", (2, 3, 4), (5, 3)),
        ("aa->a", (3, 3)), ("aab->b", (2, 2, 3)), ("aba->ab", (2, 3, 2)), ("aa,ab->b", (3, 3), (3, 2)), ("aab,abb->ab", (2, 2, 3), (2, 3, 3)),
        ("a->aa", (3,)), ("ab->aba", (2, 3)), ("ab,bc->aac", (2, 3), (3, 2)), ("ab,cb->acc", (2, 3), (2, 3)), ("aa->", (3, 3)),
        ("abc->cab", (2, 3, 4)), ("abc->b", (2, 3, 4)), ("...->...", (2, 3)), ("...ab->...ba", (2, 3, 4)), ("a...->...a", (2, 3, 4)),
        ("...a->...", (2, 3)), ("...ab,...bc->...ac", (1, 2, 3), (3, 3, 2)), ("...ab,...bc->...ac", (2, 3), (4, 3, 2)),
        ("...ab,bc...->...ac", (5, 2, 3), (3, 4, 5)), ("a...b,b...c->ca...", (2, 3, 4), (4, 1, 5)),
        ("...ab,...bc->...ac", (2, 1, 2, 3), (3, 3, 2)), ("i...,i...->...", (2, 3, 1), (2, 1, 4)),
        ("ab,bc->ac", (0, 3), (3, 2)), ("ab,bc->ac", (2, 0), (0, 2)), ("ab->a", (2, 0)), ("ab,bc->ac", (1, 3), (3, 1)),
        ("abc,abd->abcd", (1, 1, 3), (1, 1, 2)), ("a1->a", (2, 3)), ("ab,bc->ac", (40, 33), (33, 17)),
        ("abcde,fgcde->abfg", (2, 2, 2, 2, 2), (2, 3, 2, 2, 2)), ("abc,cbd->ad", (2, 3, 4), (4, 3, 2)), ("abc,bcd->ad", (2, 3, 4), (3, 4, 2)),
        # refused
        ("ab,bc->ac", (2, 3), (4, 2)), ("ab,bc->ac", (2, 3, 1), (4, 2)), ("aa->a", (2, 3)), ("...ab,...bc->...ac", (2, 2, 3), (3, 3, 2)),
        ("...a->a", (2, 3)), ("...ab,bc->ac", (2, 2, 3), (3, 2)), ("...ab,bc->ac", (1, 2, 3), (3, 2)), ("ab,ab->ab", (2, 3), (1, 3)),
        ("...ab->ab...", (3,)), ("ab, bc -> ac", (2, 3), (3, 2)),
    ]:
        einsum(equation, *shapes)
