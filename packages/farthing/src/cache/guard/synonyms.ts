import { lexicalSynonyms } from './lexicon.js';
import type { Token } from './token.js';

/**
 * Words that may stand for each other in a question without changing its answer. The groups hold lemmas and are not
 * chained: `close` may be in two groups whose other members have nothing to do with each other.
 */
const groups = `
step,procedure,process,way,method,how,guide,instruction,approach,technique
explain,describe,tell,give,show,provide,list,name,what,write,summarize,summary,meaning,mean,define,definition,outline,state
meaning,mean,signify,stand,definition,define,denote,significance
write,draft,compose,create,generate,produce,make,prepare summarize,summary,sum,summarise,condense,recap,tldr,gist
help,assist,tip,advice,idea,suggestion,option,remedy,next,recommend,suggest,recommendation,aid,support
kid,child,youngster,children guy,man,person,someone,people photo,picture,image,pic,photograph,snapshot gift,present
begin,start,create,make,new,commence,launch,initiate job,position,work,employment,role,occupation,profession,career
quit,resign,leave,resignation illness,disease,sickness,condition,ailment wet,rainy hard,difficult,tough,challenging,tricky,difficulty
easy,simple,straightforward easily,simply big,large,huge,great,major small,little,tiny,minor buy,purchase,get,acquire repair,fix,mend,resolve,solve,troubleshoot
cost,price,expense,fee,charge,pricing,much rate,pace,speed quick,fast,rapid,speedy,quickly car,automobile,auto,vehicle film,movie
doctor,physician,gp,pediatrician lawyer,attorney,solicitor,counsel phone,telephone,mobile,cellphone,smartphone,cell apartment,flat,condo
vacation,holiday,trip gasoline,petrol,gas,fuel highway,motorway,freeway elevator,lift truck,lorry trash,rubbish,garbage,waste,refuse,bin
fall,autumn soccer,football sidewalk,pavement,footpath cookie,biscuit fries,chip chip,crisp diaper,nappy pharmacy,chemist,drugstore
store,shop,supermarket check,cheque,verify,test,confirm,validate cv,resume get,obtain,receive,acquire,earn delete,remove,erase,eliminate,rid,clear,discard
error,problem,issue,trouble,bug,fail,break,fault,failure,wrong crash,fail stop,prevent,keep,avoid,halt,quit salary,wage,pay,paycheck,income,earning,payment,compensation
employer,company,boss,owner,manager paperwork,document,form,documentation package,parcel,delivery,shipment abroad,overseas,country,foreign
relocate,move,migrate difference,differ,different,differentiate,distinguish,distinction,compare,comparison,contrast,versus combine,merge,join,concatenate,unite
show,display,view,see,render,print,output,visualize run,execute,launch answer,reply,respond,response,solution best,good,great,top,ideal,optimal,fine
need,require,necessary,must,have,required,requirement ask,question,request,inquire,query,demand increase,raise,rise,grow,boost,growth,hike,enhance
reduce,decrease,lower,cut,lessen,minimize,drop allow,permit,let,able,possible,enable send,mail,ship,deliver,transmit,transfer,forward rich,wealthy,affluent
happy,glad,joyful,cheerful smart,clever,intelligent house,home,residence,property evidence,proof,prove find,locate,search,discover,detect,identify,look
use,utilize,usage,utilise,employ,apply,using choose,pick,select,decide,opt end,finish,complete,conclude,over say,tell,state,speak,mention
spread,carry,transmit activity,thing reach,arrive,receive,get customer,client,user,consumer function,method,routine bucket,folder,directory vegetable,veg,veggie
dedupe,duplicate,deduplicate sequence,order,arrangement put,set,place,store reset,restore,back,revert,undo,rollback unsubscribe,remove,cancel cancel,terminate,end,stop
popular,common,main,major,famous,well-known main,primary,key,principal,chief,major,important,central fridge,refrigerator tv,television,telly bike,bicycle,cycle
plane,airplane,aircraft,aeroplane,flight university,college,uni,school money,cash,fund,finance sick,ill,unwell scared,afraid,frightened,fearful
compute,calculate,calculation,figure,determine,work,find differentiate,derivative attempt,try convert,turn,change,transform,transformation,switch,conversion
clean,wash,cleanse invoice,bill,receipt pc,computer,desktop,machine laptop,notebook law,legal,legislation,statute,rule,regulation mom,mother,mum,mommy,mama
dad,father,daddy,papa grandma,grandmother,granny,nana grandpa,grandfather,granddad brother,sibling sister,sibling baby,infant,newborn,toddler teenager,teen,adolescent,youth
woman,lady,female man,gentleman,male senior,elderly,old adult,grown-up spouse,partner,husband wife,spouse,partner friend,buddy,pal,mate colleague,coworker,co-worker,workmate
boss,manager,supervisor,superior staff,employee,worker,personnel,workforce,team employee,worker,staffer teacher,instructor,educator,tutor student,pupil,learner
movie,film,flick song,track,tune book,novel,title author,writer,novelist story,tale,narrative essay,paper,article poem,verse letter,note,message,email article,post,piece
picture,painting,image meal,dish,food recipe,dish dinner,supper lunch,meal drink,beverage snack,bite candy,sweet,sweets,lolly dessert,pudding,sweet eggplant,aubergine
zucchini,courgette cilantro,coriander arugula,rocket shrimp,prawn scallion,spring-onion faucet,tap flashlight,torch sweater,jumper,pullover pants,trousers sneaker,trainer
underwear,pants purse,handbag vest,waistcoat bathrobe,dressing-gown stove,cooker,hob oven,cooker closet,wardrobe,cupboard couch,sofa,settee rug,carpet curtain,drape
backyard,garden yard,garden mailbox,letterbox,postbox zipcode,postcode,zip-code zip,postal flashlight,torch stroller,pram,pushchair,buggy crib,cot pacifier,dummy
eraser,rubber band-aid,plaster bandage,plaster subway,underground,tube,metro railway,railroad,train,rail intersection,crossroad,junction roundabout,traffic-circle parking,car-park
hood,bonnet trunk,boot windshield,windscreen turnsignal,indicator wrench,spanner tire,tyre license,licence,permit,licensing movie-theater,cinema theater,cinema,theatre
realtor,estate-agent,agent mortgage,home-loan loan,credit,lending debt,loan insurance,coverage,cover,policy tax,levy,taxation fine,penalty,fee fee,charge refund,reimbursement,reimburse,money-back,repay
pension,retirement,superannuation retire,retirement invest,investment,put stock,share,equity savings,saving,save bonus,premium budget,plan discount,deal,offer,reduction sale,discount
shipping,delivery,postage,shipment return,send,back exchange,swap,trade,replace,replacement order,purchase,buy,booking reserve,book,reservation,booking appointment,meeting,booking
account,profile password,passcode,pin login,log,sign,signin,log-in,sign-in,access logout,signout register,sign,signup,enroll,registration,enrol,enrollment subscribe,sign username,user
website,site,webpage,page,web app,application,program,software program,programme,software tool,utility setting,option,preference,configuration,configure,setup,set,config install,set,setup,installation
update,upgrade,refresh,modify,change edit,modify,change,alter,adjust,revise,amend,tweak,correct add,insert,append,include,attach,put copy,duplicate,clone,replicate move,transfer,shift,relocate
save,store,keep,persist,preserve load,read,open,import,fetch fetch,get,retrieve,obtain,query connect,link,attach,join,pair,hook connection,link disconnect,unlink,detach split,divide,separate,break,partition
sort,order,arrange,rank,organize group,cluster,category,categorize,classify filter,select,screen count,number,total,tally sum,total,add average,mean,avg loop,iterate,cycle,iteration,go
array,list,vector dictionary,dict,map,hashmap object,dict string,text,str integer,int,number number,amount,count,quantity,figure,many element,item,entry,member row,record,line,entry column,field
table,chart graph,chart,plot,diagram parameter,argument,param variable,var key,identifier index,position exception,error bug,defect,glitch,flaw debug,troubleshoot,fix test,check,examine,exam
exam,test,examination quiz,test grade,mark,score score,result,mark class,course,lesson lesson,class course,class,program homework,assignment assignment,task,homework task,job,chore project,assignment
study,learn,research learn,study,pick,master,understand teach,instruct,train,educate train,practice,exercise,workout,coach exercise,workout,training,activity research,study,investigate,investigation
analyze,analysis,examine,assess,evaluate,evaluation,assessment evaluate,assess,rate,judge review,check,evaluate,examine,assess,feedback critique,review improve,enhance,better,boost,strengthen,improvement,increase optimize,improve,tune
fix,repair,correct,resolve,solve,rectify,remedy,address solve,resolve,work,fix handle,deal,manage,cope,treat,process manage,run,handle,administer,control organize,arrange,plan,structure plan,schedule,itinerary,program,organize
schedule,timetable,plan,calendar build,construct,make,create,develop,assemble make,create,build,produce,prepare,do,form develop,create,build,make design,create,plan generate,create,make,produce implement,build,create,do
safe,secure,okay,ok,fine,alright dangerous,unsafe,hazardous,risky,harmful,bad harmful,bad,damaging,detrimental,unhealthy,harm risk,danger,hazard,threat healthy,good,beneficial,nutritious beneficial,good,helpful,useful
useful,helpful,handy effective,efficient,work efficient,effective,fast important,significant,crucial,essential,vital,key,matter necessary,required,essential,needed,mandatory,obligatory,compulsory mandatory,compulsory,obligatory,required,require,must
legal,lawful,allowed,permitted,allow illegal,unlawful,prohibited,banned,forbidden forbid,prohibit,ban,disallow,bar legally,lawfully allowed,permitted,legal,ok,okay,may,can,able,allow,permit real,true,genuine,authentic,actual fake,counterfeit,bogus,false
true,correct,right,accurate wrong,incorrect,false,mistaken,inaccurate,erroneous correct,right,proper,accurate normal,usual,typical,ordinary,common,standard,average,regular common,frequent,usual,typical,widespread,ordinary rare,uncommon,unusual,scarce,infrequent
strange,weird,odd,unusual,peculiar,funny often,frequently,regularly usually,typically,normally,generally,commonly sometimes,occasionally always,constantly,every constantly,always,continually,continuously daily,every-day weekly,every-week monthly,every-month yearly,annual,annually,every-year
annual,yearly currently,now,present,today,right-now,moment now,currently,today,present immediately,now,instantly,right-away,straight-away,once soon,shortly recent,latest,new,last recently,lately,newly previous,last,prior,former,earlier,past former,ex,previous
next,upcoming,following,coming initial,first,original original,initial,first final,last,ultimate latest,newest,recent,current,last newest,latest earliest,first,oldest oldest,earliest,eldest early,soon,premature quickly,fast,rapidly,soon,swiftly
approximately,about,roughly,around,approx exactly,precisely entire,whole,full,complete,all,total whole,entire,full,complete total,overall,whole,complete,sum complete,full,finish,whole,fill partial,part,incomplete several,multiple,various,some,many,number,few multiple,several,many
many,numerous,lot,multiple,plenty,much,lots,loads various,different,diverse enough,sufficient,adequate,suffice extra,additional,more,further additional,extra,more,further,other similar,alike,comparable,like,same same,identical,equal,equivalent equal,same,equivalent,identical equivalent,same,counterpart,equal,match
opposite,reverse,inverse,contrary reverse,invert,flip,backward,opposite,inverse chance,probability,likelihood,odds,likely likely,probable,possible possible,potential,feasible,can,able,way option,choice,alternative,possibility,next alternative,option,substitute,replacement,instead choice,option,decision substitute,replacement,alternative,replace,swap
reason,cause,why,explanation,behind cause,reason,lead,why,make,source,trigger,bring,result,responsible effect,impact,influence,consequence,result,affect affect,impact,influence,effect result,outcome,consequence,effect,cause,lead outcome,result,consequence consequence,result,effect,happen,repercussion,implication benefit,advantage,pro,upside,perk,merit,strength advantage,benefit,pro,plus,upside disadvantage,drawback,con,downside,weakness pro,advantage,benefit con,disadvantage,drawback
purpose,goal,aim,point,objective,use,function goal,aim,objective,target,purpose role,function,part,job,purpose feature,characteristic,function,property,attribute,trait characteristic,feature,trait,quality,property,attribute property,characteristic,feature type,kind,sort,category,form,variety kind,type,sort category,type,class,group part,component,piece,section,portion,element component,part,element section,part,segment,portion example,instance,sample,illustration sample,example,specimen
fact,information,detail,thing info,information,detail,data information,info,data,detail,fact detail,information,specific,particular idea,concept,notion,thought,suggestion concept,idea,notion topic,subject,theme,matter subject,topic,theme theory,hypothesis opinion,view,thought,belief,stance,perspective view,opinion,perspective,look,see
size,dimension,big,large,area,extent length,long,duration,distance height,tall,high,altitude,elevation width,wide,broad weight,weigh,heavy,mass depth,deep age,old speed,fast,velocity,pace,rate,quick velocity,speed distance,far,length temperature,hot,cold,heat,warm duration,long,length,time,last amount,much,quantity,number,sum quantity,amount,number time,long,hour,when,duration,o'clock date,day,when place,location,where,spot,destination,site location,place,where,site,position,situated,located destination,place,spot locate,find,situated,lie
area,region,zone,district,surface region,area,territory country,nation,state,land nation,country city,town,metropolis town,city,village capital,capital-city border,frontier,boundary,neighbour coast,shore,seaside beach,seaside,shore street,road,avenue,lane road,street,highway,route route,way,path,road,itinerary path,route,way,trail trail,path,track
travel,go,journey,trip,get,fly,commute trip,journey,travel,vacation,holiday,visit,tour journey,trip,travel visit,see,go,trip,travel,tour tour,trip,visit fly,flight,plane,travel drive,driving,car,motor walk,hike,stroll,foot,step hike,walk,trek ride,drive,trip ticket,fare,pass fare,price,ticket,cost hotel,accommodation,lodging,stay,inn stay,sleep,live,remain,lodge accommodation,hotel,lodging,stay,housing luggage,baggage,suitcase,bag baggage,luggage bag,sack,suitcase passport,travel-document visa,entry-permit tourist,visitor,traveler,traveller visitor,tourist,guest guest,visitor
live,reside,life,stay,dwell,survive reside,live resident,citizen,inhabitant citizen,national,resident,citizenship population,people,inhabitant,many people,person,human,individual,folk person,people,human,individual,someone,man human,person,people,man,mankind individual,person
die,death,pass,perish,killed death,die,passing,demise kill,murder,slay,destroy born,birth,birthplace birth,born birthday,birth,born marry,wed,wife,husband,marriage wedding,marriage divorce,split,separate pregnant,pregnancy,expect pregnancy,pregnant,gestation baby,child,infant,kid
eat,consume,have,food,feed consume,eat,drink,use,take drink,consume,have,take feed,give,food cook,prepare,make,boil,bake bake,cook boil,cook fry,cook sleep,asleep,rest,nod,slumber wake,awake,wake-up,get-up rest,sleep,break,relax relax,rest,unwind,chill tired,fatigued,exhausted,fatigue,sleepy fatigue,tiredness,tired,exhaustion exhausted,tired hungry,starving pain,ache,hurt,sore,painful hurt,pain,injure,ache,harm,damage injury,wound,hurt injure,hurt wound,cut,injury fever,temperature cough,cold headache,head-ache cold,flu,chilly stomach,belly,tummy,abdomen belly,stomach throat,neck skin,dermal heart,cardiac kidney,renal medicine,medication,drug,medicament,remedy,pill medication,medicine,drug,med drug,medicine,medication,narcotic pill,tablet,capsule treat,treatment,cure,heal,therapy,remedy treatment,therapy,cure,remedy,treat cure,heal,treat,remedy,fix therapy,treatment symptom,sign,indication sign,symptom,indication,signal,hint sick,ill,unwell vaccine,vaccination,shot,jab,immunization,inoculation shot,vaccine,injection,jab vaccination,vaccine,immunization doctor,gp,physician hospital,clinic,er surgery,operation operation,surgery dentist,dental physiotherapy,physical-therapy
weight,pound,fat,kilo fat,overweight,weight slim,thin,lean diet,eating,nutrition lose,shed,drop,burn,misplace gain,put,increase,acquire muscle,strength gym,fitness fit,suit,shape fitness,exercise
fight,battle,argument,combat argue,argument,fight,debate debate,argue,discuss,argument discuss,talk,debate,discussion talk,speak,chat,discuss,conversation,speech speak,talk,say speech,talk,address chat,talk,conversation conversation,chat,talk,dialogue contact,reach,call,email,get,touch call,phone,ring,telephone,contact,dial,name ring,call,bell message,text,note,sms,msg text,message,sms email,mail,e-mail mail,post,email,letter post,mail,publish,upload publish,release,post,issue release,launch,publish,issue,out announce,announcement,declare notify,inform,alert,tell,notification inform,tell,notify alert,notification,warn,warning,notify warn,warning,alert
want,wish,like,desire,need,would hope,wish,want like,enjoy,love,such,as,similar enjoy,like,love love,adore,like hate,dislike,detest prefer,like,favor,favour,rather,favorite believe,think,trust think,believe,consider,feel,reckon consider,think,regard know,understand,aware,tell understand,know,comprehend,grasp,get,understanding remember,recall,memorize recall,remember author,write lifespan,live,life inventor,invent founder,found runtime,complexity levy,tax fluid,liquid,water intake,drink fog,mist lens,glasses employer,boss forget,forgot,lost guess,estimate,assume estimate,guess,approximate,calculate,approximation assume,suppose,presume expect,anticipate,predict,await predict,forecast,expect,prediction forecast,prediction,predict,outlook imagine,suppose,picture decide,choose,determine wonder,ask feel,sense,experience,feeling experience,feel,undergo seem,appear,look appear,seem,show,look,emerge look,appear,seem,see,search watch,see,view,look see,view,watch,look,observe,visible hear,listen listen,hear notice,see,spot,observe
own,have,possess,hold have,own,possess,contain,get,feature,hold possess,own,have hold,have,keep,contain,host contain,have,include,hold,consist,comprise include,contain,have,comprise,involve,incorporate,with consist,comprise,make,contain involve,include,entail belong,own give,provide,offer,grant,hand,supply,award offer,give,provide,supply provide,give,offer,supply supply,provide,give,offer lend,loan borrow,loan receive,get,obtain,accept accept,take,receive,approve take,get,have,bring,require bring,take,carry carry,bring,transport,take transport,carry,transportation,move keep,retain,hold,save,maintain,store maintain,keep,preserve,maintenance,upkeep hide,conceal,cover cover,include,hide protect,guard,secure,defend,safeguard,shield,protection secure,protect,safe defend,protect save,rescue,keep,store catch,get,capture capture,catch,take,grab throw,toss,cast hit,strike,beat strike,hit push,press,shove pull,drag,draw draw,sketch,pull,paint paint,draw press,push,hit,click click,press,tap,hit tap,click,press,touch
win,triumph,victory,beat beat,defeat,win,overcome defeat,beat,overcome lose,loss succeed,success,achieve,make success,succeed,achievement achieve,reach,accomplish,attain,get accomplish,achieve fail,unsuccessful,failure pass,succeed,clear compete,competition,contest competition,contest,tournament contest,competition game,match,play match,game play,game player,athlete team,squad,side,club champion,winner winner,champion,win trophy,cup,prize prize,award,trophy award,prize,honor,honour,win
rule,regulation,law,policy policy,rule,guideline guideline,rule,guide,guidance contract,agreement,deal agreement,contract,deal,accord deal,agreement,handle,offer lease,tenancy,rental,rent rent,rental,hire,lease hire,recruit,employ,rent fire,dismiss,sack,terminate,layoff layoff,redundancy,fire dismiss,fire,sack terminate,end,cancel,fire court,tribunal,judge sue,court,lawsuit,litigation crime,offence,offense,criminal jail,prison,incarcerate prison,jail police,cop,officer government,govt,state,administration election,vote,poll vote,ballot,elect,election elect,choose,vote president,head,leader leader,head,president,ruler,chief king,monarch,ruler queen,monarch war,conflict,battle conflict,war,dispute,fight army,military,force military,army,force weapon,arm,gun gun,weapon,firearm attack,assault,invade,raid invade,attack,invasion invent,create,invention,discover,inventor,devise discover,find,discovery found,establish,create,start,founder,founded establish,found,create,set,start founder,creator,start,establish creator,founder,maker,author,create
earth,world,planet,globe world,earth,globe,global planet,world,earth universe,cosmos space,universe sun,solar moon,lunar star,sun sky,heaven ocean,sea sea,ocean river,stream,watercourse,waterway lake,pond mountain,peak,mount hill,mountain forest,wood,woodland wood,forest,timber tree,plant plant,vegetation,flower,grow flower,bloom,blossom animal,creature,beast,species dog,puppy,canine cat,kitten,feline cow,cattle pig,hog,swine rabbit,bunny bug,insect insect,bug fish,seafood bird,avian horse,pony snake,serpent rain,rainfall,rainy snow,snowfall storm,tempest,hurricane wind,breeze weather,climate,forecast climate,weather hot,warm warm,hot cold,cool,chilly,freezing freeze,frozen,ice heat,warm,hot cool,cold,chill
bright,light,brilliant light,bright,lamp,illumination dark,dim lamp,light color,colour,hue,shade pretty,beautiful,attractive beautiful,pretty,lovely,gorgeous,beauty ugly,unattractive nice,good,pleasant,lovely pleasant,nice great,good,excellent,wonderful,amazing excellent,great amazing,great,wonderful awesome,great terrible,bad,awful,horrible awful,bad,terrible bad,poor,terrible,awful,negative poor,bad,needy,impoverished sad,unhappy,depressed,upset unhappy,sad angry,mad,furious,annoyed,upset mad,angry,crazy crazy,insane,mad worried,anxious,concerned,worry anxious,nervous,worried,anxiety nervous,anxious worry,concern,anxiety stress,pressure,strain calm,relaxed,peaceful,relax quiet,silent,calm loud,noisy noise,sound sound,noise,audio brave,courageous lazy,idle busy,occupied lonely,alone alone,lonely,solo,single single,unmarried,one,sole famous,well-known,renowned,popular,celebrated strong,powerful,robust powerful,strong weak,feeble clever,smart stupid,dumb,foolish,silly dumb,stupid funny,humorous,hilarious,amusing humorous,funny,comic serious,severe,grave severe,serious,bad,extreme strict,rigid,tight fair,just,equal unfair,unjust free,gratis,complimentary,cost cheap,inexpensive,affordable,low-cost,budget,expensive_ affordable,cheap expensive,costly,pricey,dear costly,expensive new,recent,fresh,novel old,ancient,aged,elderly ancient,old modern,contemporary,current young,youthful empty,blank,vacant,void full,filled,packed,complete fill,complete,full filled,full clean,tidy,clear dirty,filthy,unclean,stained stain,mark,spot open,launch,unlock,start close,shut,closed shut,close lock,secure unlock,open wide,broad broad,wide thick,dense thin,slim straight,direct direct,straight round,circular shape,form form,shape,document flat,level smooth,even rough,uneven sharp,pointed
fast,quick turn,switch,rotate,spin rotate,turn,spin switch,change,turn,swap change,alter,modify,switch,replace,adjust,convert replace,change,swap,substitute,exchange,replacement swap,exchange,switch,replace mix,blend,combine,stir blend,mix join,connect,merge,enter,participate enter,go,join,access,input exit,leave,quit leave,exit,depart,go,quit depart,leave departure,leaving arrive,come,reach,arrival arrival,arrive come,arrive,originate return,back,come,give follow,pursue,track track,follow,trace,monitor monitor,track,watch,observe,screen observe,watch,monitor control,manage,regulate lead,guide,head happen,occur,place,become,go,take occur,happen,take exist,be,there become,turn,get,grow grow,increase,raise,cultivate,develop last,final,previous,endure,take continue,keep,proceed,carry proceed,continue,go wait,await,hold delay,late,postpone,hold delayed,late postpone,delay,reschedule,defer reschedule,postpone,move late,overdue,tardy,delay,after-deadline deadline,due,cut-off,due-date due,deadline expire,expiry,run-out,lapse,expiration overdue,late miss,lose,skip skip,miss,omit omit,skip,leave ignore,disregard,skip share,split,divide divide,split,share spend,pay,use waste,squander pay,spend,payment,settle,salary payment,pay,fee earn,make,get owe,debt worth,value,valuable value,worth,price charge,bill,price,fee,cost
entitle,entitled,right,eligible,qualify,due eligible,qualify,entitled,entitle,eligibility qualify,eligible,meet eligibility,eligible apply,application,request,file application,apply,app file,submit,lodge,document submit,file,send,hand request,ask,apply,demand claim,request,demand,assert deny,refuse,reject refuse,reject,decline,deny reject,refuse,decline,deny decline,refuse,reject,decrease approve,accept,ok,authorize,approval authorize,approve,allow authorise,approve agree,accept,consent consent,agree,permission,approval permission,consent,allow,permit,authorization complain,complaint,grievance complaint,complain
notice,period,announcement prevent,stop,avoid,block,keep avoid,prevent,stop,evade,escape escape,flee,avoid block,stop,prevent,bar ban,block,prohibit,prevent limit,restrict,cap,maximum,restriction,limitation restrict,limit restriction,limit,rule maximum,max,limit,most,highest minimum,min,least,lowest,required minimum,smallest highest,tallest,top,maximum,greatest tallest,highest largest,biggest,greatest biggest,largest,greatest greatest,largest,biggest,best smallest,tiniest,littlest lowest,minimum,least,cheapest cheapest,lowest,least fastest,quickest quickest,fastest longest,greatest best,top,greatest,ideal,finest worst,poorest
attire,clothes,wear,outfit,dress clothes,clothing,wear,outfit,apparel,garment wear,dress,put,clothes outfit,clothes dress,gown,wear shoe,footwear footwear,shoe hat,cap coat,jacket jacket,coat
firm,company,business company,firm,business,corporation,organization,enterprise business,company,firm,enterprise,trade corporation,company organization,company,organisation,institution headquarters,head-office,hq,based office,workplace,bureau workplace,office,job,work startup,company factory,plant industry,sector,trade sector,industry market,marketplace trade,commerce,business,exchange commerce,trade sell,sale,vend sale,sell seller,vendor,merchant vendor,seller,supplier buyer,purchaser,customer brand,label,make product,item,good,merchandise item,product,thing,article,element goods,product manufacture,make,produce,manufacturer manufacturer,maker,producer producer,maker,manufacturer produce,make,create,generate,manufacture,yield yield,produce,return advertise,promote,market,advert,ad advert,ad,advertisement,commercial promote,advertise
inhabitant,resident,people,population occur,happen sing,song,singer singer,vocalist,sing musician,artist artist,painter,musician painter,artist,paint actor,star,actress,play actress,actor director,direct,make chef,cook scientist,researcher researcher,scientist engineer,developer programmer,developer,coder developer,programmer,dev,engineer coder,programmer code,program,script,coding script,program,code programming,coding,code software,app,program computer,pc,laptop,machine machine,device device,gadget,machine,appliance,phone gadget,device internet,web,online,net wifi,wireless,internet wireless,wifi network,net server,host hosting,host database,db query,search,request,question search,find,look,seek,query seek,search,look browse,surf,view download,get,save upload,post,load file,document document,file,paper folder,directory directory,folder screen,display,monitor display,screen,show keyboard,keypad key,button button,key link,url,hyperlink url,link,address address,location photo,pic video,clip,film,movie clip,video record,log,tape,save log,record report,account,summary,statement statement,report,declaration picture,photo
rephrase,reword,paraphrase,rewrite rewrite,rephrase,reword,paraphrase paraphrase,rephrase,reword,rewrite proofread,check,correct translate,translation,say,put,convert translation,translate,say,word translate,render simplify,simple,easy expand,elaborate,extend,enlarge extend,lengthen,expand,prolong shorten,abbreviate,cut,trim,condense trim,cut cut,reduce,trim,slice slice,cut,piece
matter,important,issue worth,worthwhile should,ought,advisable,recommended must,need,required,have-to runtime,complexity,time complexity,big-o,runtime matching,match match,fit,correspond,equal regular,normal,usual expression,phrase,term phrase,expression,saying,term,quote saying,phrase,proverb,quote term,word,phrase,expression quote,quotation,line,saying word,term vocabulary,word language,tongue synonym,same,similar antonym,opposite noun,word verb,word grammar,syntax syntax,grammar pronounce,pronunciation,say pronunciation,pronounce spell,spelling,write
crowded,busy,packed packed,crowded,full parking,park traffic,congestion accident,crash,collision crash,accident,collide,wreck emergency,urgent urgent,emergency,pressing dripping,leaking,leak,leaky leak,drip,leaking drip,leak broken,damaged,defective,faulty,break,work damaged,broken,damage damage,harm,hurt,break defective,faulty,broken faulty,defective burn,scorch,fire smell,odor,odour,scent,stink odor,smell scent,smell,fragrance taste,flavor,flavour flavor,taste touch,feel,contact
transmit,pass illness,disease soothe,calm anxious,nervous rude,impolite tip,gratuity erase,wipe novice,beginner pay,salary airline,carrier supper,dinner tall,high doctor,physician advise,recommend stuffy,congested initial,start-up expense,cost excursion,trip kid,child ill,sick toxic,poisonous indoor,house leave,vacation tape,record legal,law short,brief,concise sign,tell,indicate coworker,colleague farewell,goodbye compose,write purchase,buy used,second-hand terminate,kill,quit,close frozen,unresponsive,stuck,hung hand,carry-on,cabin carry,take doze,asleep,sleep aerial,antenna mast,tower tick,idle gross,earn,make cinema,theater,box-office document,paperwork,papers jab,vaccination,vaccine backbone,spine,vertebral,vertebra animal,creature possess,have cease,stop nope,no yeah,yes folks,people lads,men wanna,want gonna,going gotta,must kinda,kind lemme,let cuz,because bc,because coz,because tho,though thru,through nite,night lite,light u,you r,are ur,your y,why k,ok`;

const table = new Map<string, number[]>();
{
  let id = 0;
  for (const group of groups.trim().split(/\s+/)) {
    for (const word of group.split(',')) {
      const known = table.get(word);
      if (known) known.push(id);
      else table.set(word, [id]);
    }
    id++;
  }
}

/** Adjectives and names of peoples, by the place they are derived from. */
const places = new Map<string, string>();
for (const pair of `british:uk english:england american:usa german:germany french:france italian:italy spanish:spain
dutch:netherlands swiss:switzerland swedish:sweden norwegian:norway danish:denmark finnish:finland irish:ireland
scottish:scotland welsh:wales polish:poland czech:czechia austrian:austria belgian:belgium portuguese:portugal
greek:greece turkish:turkey russian:russia ukrainian:ukraine chinese:china japanese:japan korean:korea indian:india
canadian:canada mexican:mexico brazilian:brazil argentine:argentina argentinian:argentina australian:australia
egyptian:egypt israeli:israel kenyan:kenya nigerian:nigeria parisian:paris californian:california texan:texas
african:africa european:europe asian:asia chilean:chile colombian:colombia peruvian:peru cuban:cuba hungarian:hungary
romanian:romania bulgarian:bulgaria croatian:croatia serbian:serbia icelandic:iceland estonian:estonia latvian:latvia
lithuanian:lithuania thai:thailand vietnamese:vietnam indonesian:indonesia malaysian:malaysia filipino:philippines
philippine:philippines pakistani:pakistan bangladeshi:bangladesh iranian:iran persian:iran iraqi:iraq saudi:arabia syrian:syria
lebanese:lebanon jordanian:jordan moroccan:morocco algerian:algeria tunisian:tunisia ethiopian:ethiopia ghanaian:ghana
singaporean:singapore taiwanese:taiwan tibetan:tibet mongolian:mongolia maltese:malta cypriot:cyprus catalan:catalonia
bavarian:bavaria sicilian:sicily venetian:venice roman:rome london:londoner britain:uk america:usa holland:netherlands
jamaican:jamaica venezuelan:venezuela bolivian:bolivia ecuadorian:ecuador icelander:iceland slovak:slovakia
slovenian:slovenia albanian:albania armenian:armenia georgian:georgia nepalese:nepal nepali:nepal afghan:afghanistan`.split(
  /\s+/,
)) {
  const [people = '', place = ''] = pair.split(':');
  places.set(people, place);
}

/** A place for the people or the adjective named after it; other words stand for themselves. */
export function placeOf(word: string): string {
  return places.get(word) ?? word;
}

function shareGroup(one: string, other: string): boolean {
  const left = table.get(one);
  const right = table.get(other);
  return left !== undefined && right !== undefined && left.some((id) => right.includes(id));
}

/**
 * How sure it is that two words stand for each other: 2 by a list of our own or one place in two forms, 1 by WordNet's
 * commonest senses or by a common stem, 0 not at all. WordNet alone equates too much to call two questions the same.
 */
export function synonymStrength(left: Token, right: Token): 0 | 1 | 2 {
  if (shareGroup(left.key, right.key) || shareGroup(left.text, right.text)) return 2;
  if (placeOf(left.key) === placeOf(right.key)) return 2;
  if (left.name || right.name) return 0;
  if (lexicalSynonyms(left.key, right.key)) return 1;
  return sharesStem(left.key, right.key) ? 1 : 0;
}

const endings =
  /^(?:|s|e|d|r|er|or|ar|ers|ed|ing|ly|al|ally|ic|ical|ion|ions|tion|ation|ations|ition|ment|ments|ness|ity|ty|y|ies|able|ible|ive|ance|ence|ant|ent|ful|ist|ism|ise|ize|ian|ous|ial|age|ery|ary|ory|iness|th|ility|ability|cy|ency|ancy|sis|tic|tical|t|ter|cation|cated|n)$/;

function sharesStem(one: string, other: string): boolean {
  let shared = 0;
  while (shared < one.length && shared < other.length && one[shared] === other[shared]) shared++;
  return (
    shared >= 4 &&
    shared * 2 > Math.max(one.length, other.length) &&
    endings.test(one.slice(shared)) &&
    endings.test(other.slice(shared))
  );
}
