"""Top-level domains after which a slash makes a bare name an address: example.com/path."""

_GENERIC = """
com net org info biz edu gov mil int name mobi app dev xyz site online tokyo osaka kyoto nagoya
yokohama okinawa shop blog tech club work works page pages cloud store link live news wiki design
studio world today space fun life media agency love art games game moe ninja tv asia travel museum
aero coop pro tel cat jobs post cafe bar pizza support email chat video movie music photo photos
pics gallery social network digital systems solutions services company center academy school
university health clinic care house homes land estate properties realty finance money fund capital
market markets trade exchange bank green bio eco farm garden fish pet dog vip top win one icu cyou
buzz rocks run fit style fashion beauty hair salon jewelry gold engineering technology tools codes
computer software hosting host domains directory guide tips help foundation community group team
google youtube amazon goo canon sony toyota honda nissan hitachi ntt
"""

_COUNTRIES = """
ac ad ae af ag ai al ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by
bz ca cd cf cg ch ci ck cl cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj
fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hn hr ht hu id ie il im in io
iq ir is it je jm jo jp ke kg kh ki kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc me mg
mh mk mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph
pk pn pr pt pw qa re ro ru rw sa sb sc sd se sg si sk sl sn so sr ss st su sv sx sy sz tc td tf tg
th tj tk tl tn to tr tt tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw cc
"""
"""Without am cm km mm pm py rs sh pl md ps ml: units and file suffixes stand before a slash too."""

TLDS = frozenset(_GENERIC.split()) | frozenset(_COUNTRIES.split())
