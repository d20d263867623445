/** Short forms and what they stand for, in lemmas and without function words. */
const table = `
ci=continuous integration|cd=continuous delivery|roi=return on investment|hr=human resource|pr=public relation|dept=department|depts=department|
cv=curriculum vitae|eta=estimate time of arrival|k8s=kubernetes|js=javascript|ts=typescript|py=python|rb=ruby|db=database|dbs=database|postgres=postgresql|pg=postgresql|psql=postgresql|
mongo=mongodb|repo=repository|repos=repository|config=configuration|conf=configuration|env=environment|envs=environment|vars=variable|var=variable|info=information|
app=application|apps=application|uk=unite kingdom|usa=unite state|us=unite state|uae=unite arab emirate|nyc=new york city|la=los angeles|sf=san francisco|dc=district of columbia|
eu=european union|un=unite nation|ai=artificial intelligence|ml=machine learn|dl=deep learn|nlp=natural language process|llm=large language model|llms=large language model|gdp=gross domestic product|
ceo=chief executive officer|fb=facebook|ig=instagram|yt=youtube|usps=usa postal service|atp=adenosine triphosphate|cfo=chief financial officer|cto=chief technology officer|coo=chief operate officer|cmo=chief marketing officer|vp=vice president|faq=frequently ask question|faqs=frequently ask question|
asap=as soon as possible|diy=do it yourself|vs=versus|approx=approximately|dob=date of birth|pto=pay time off|wfh=work from home|vpn=virtual private network|vm=virtual machine|vms=virtual machine|
api=application program interface|ui=user interface|ux=user experience|os=operate system|ram=random access memory|cpu=central process unit|gpu=graphic process unit|pdf=portable document format|
sql=structure query language|http=hypertext transfer protocol|dns=domain name system|ssd=solid state drive|hdd=hard disk drive|oop=object orient program|etf=exchange trade fund|
ira=individual retirement account|apr=annual percentage rate|apy=annual percentage yield|vat=value add tax|gst=good service tax|irs=internal revenue service|bp=blood pressure|adhd=attention deficit hyperactivity disorder|
ptsd=post traumatic stress disorder|ocd=obsessive compulsive disorder|mri=magnetic resonance image|er=emergency room|icu=intensive care unit|gp=general practitioner|phd=doctor of philosophy|mba=master of business administration|
gpa=grade point average|nasa=national aeronautics and space administration|fbi=federal bureau of investigation|cia=central intelligence agency|nato=north atlantic treaty organization|who=world health organization|
wto=world trade organization|imf=international monetary fund|cdc=center disease control|fda=food drug administration|epa=environmental protection agency|nhs=national health service|bbc=british broadcasting corporation|
kpi=key performance indicator|kpis=key performance indicator|sla=service level agreement|poc=proof of concept|mvp=minimum viable product|eod=end of day|qa=quality assurance|
b2b=business to business|b2c=business to consumer|saas=software as a service|u=you|ur=your|msg=message|msgs=message|pwd=password|pw=password|acct=account|accts=account|
mgmt=management|mgr=manager|govt=government|gov=government|dev=developer|devs=developer|admin=administrator|docs=documentation|doc=document|temp=temperature|regex=regular expression|regexp=regular expression|max=maximum|min=minimum|
dr=doctor|appt=appointment|ins=insurance|id=identification|prof=professor|univ=university|uni=university|st=street|ave=avenue|blvd=boulevard|rd=road|
avg=average|est=estimate|intl=international|natl=national|assoc=association|ww1=world war 1|wwi=world war 1|ww2=world war 2|wwii=world war 2|bday=birthday|fave=favorite|fav=favorite|pic=picture|pics=picture|vid=video|vids=video|
veggies=vegetable|veg=vegetable|specs=specification|spec=specification|auth=authentication|lib=library|libs=library|dir=directory|param=parameter|params=parameter|args=argument|arg=argument|func=function|fn=function|str=string|
int=integer|ints=integer|bool=boolean|impl=implementation|perf=performance|ops=operation|infra=infrastructure|prod=production|ca=california|tx=texas|ny=new york|fl=florida|wa=washington|az=arizona|ma=massachusetts|nj=new jersey|pa=pennsylvania|il=illinois|
oh=ohio|ga=georgia|nc=north carolina|sc=south carolina|va=virginia|mi=michigan|tn=tennessee|mo=missouri|md=maryland|wi=wisconsin|mn=minnesota|co=colorado|al=alabama|ky=kentucky|nv=nevada|ut=utah|nm=new mexico|ct=connecticut|
hsa=health save account|fsa=flexible spend account|hmo=health maintenance organization|ppo=prefer provider organization|ssn=social security number|ein=employer identification number|llc=limit liability company|ipo=initial public offer|
p&l=profit loss|cogs=cost of good sell|ebitda=earning before interest tax depreciation amortization|yoy=year over year|mom_=month over month|crm=customer relationship management|erp=enterprise resource plan|seo=search engine optimization|
sem=search engine marketing|cms=content management system|cdn=content delivery network|ssl=secure socket layer|tls=transport layer security|ssh=secure shell|ftp=file transfer protocol|url=uniform resource locator|
iot=internet of thing|ar=augment reality|vr=virtual reality|nft=non fungible token|tv=television|tvs=television|pc=personal computer|sms=text message|usb=universal serial bus|gps=global position system|
ac=air condition|a/c=air condition|hvac=heat ventilation air condition|suv=sport utility vehicle|ev=electric vehicle|evs=electric vehicle|mpg=mile per gallon|rpm=revolution per minute|abs=anti lock brake system|
dna=deoxyribonucleic acid|rna=ribonucleic acid|hiv=human immunodeficiency virus|std=sexually transmit disease|uti=urinary tract infection|ibs=irritable bowel syndrome|copd=chronic obstructive pulmonary disease|bmi=body mass index|bpm=beat per minute|
otc=over counter|rx=prescription|pt=physical therapy|nba=national basketball association|nfl=national football league|mlb=major league baseball|nhl=national hockey league|fifa=federation football association|ncaa=national collegiate athletic association|
cc=credit card|atm=automate teller machine|pin=personal identification number|otp=one time password|2fa=two factor authentication|mfa=multi factor authentication|sso=single sign on|rbac=role base access control|
crud=create read update delete|orm=object relational map|mvc=model view controller|tdd=test drive development|ide=integrate development environment|cli=command line interface|gui=graphical user interface|sdk=software development kit|
pr_=pull request|prs=pull request|gh=github|aws=amazon web service|gcp=google cloud platform|ec2=elastic compute cloud|s3=simple storage service|gke=google kubernetes engine|vscode=visual studio code|vs_code=visual studio code|tf=terraform|
xmas=christmas|thx=thanks|btw=by way|lbs=pound|govs=government|mil=million|bil=billion|mins=minute|hrs=hour|secs=second|yrs=year|wks=week|pop=population|esp=especially|incl=include|excl=exclude|orig=original|
misc=miscellaneous|num=number|nums=number|qty=quantity|amt=amount|addr=address|tel=telephone|ph=phone|ref=reference|refs=reference|req=request|res=response|err=error|exec=executive|biz=business|corp=corporation|
inc=incorporate|ltd=limited|lang=language|langs=language|math=mathematics|maths=mathematics|stats=statistic|stat=statistic|econ=economics|bio=biography|chem=chemistry|lit=literature|psych=psychology|
nda=non disclosure agreement|mou=memorandum understand|rfp=request for proposal|hoa=homeowner association|cpa=certify public accountant|rn=register nurse|lpn=license practical nurse|esl=english second language|
gcd=great common divisor|lcm=least common multiple|bfs=breadth first search|dfs=depth first search|bst=binary search tree|dp=dynamic program|lru=least recently use|fifo=first in first out|lifo=last in first out|acl=access control list|fmla=family medical leave act|rto=return to office`;

const longForms: ReadonlyMap<string, readonly string[]> = new Map(
  table
    .replace(/\n/g, '')
    .split('|')
    .map((entry) => {
      const [short = '', long = ''] = entry.split('=');
      return [short, long.split(' ').filter((word) => !/^(?:of|on|as|a|an|and|the|it|by|in|for|to|over)$/.test(word))];
    }),
);

/** What a short form stands for, as lemmas. */
export function longFormOf(short: string): readonly string[] | undefined {
  return longForms.get(short);
}
