"""Traditional characters as their simplified ones: two ways to write one name.

The character pairs are of the Chinese government's general table of simplified characters (简化字总表, 1986);
here are those that names of people, places and companies are written with. Characters that stand for several
others (后, 里, 云) go one way only: the traditional form has one simplified one.
"""

from typing import Final

_TRADITIONAL: Final = (
    "張陳劉楊趙孫馬鄭麗軍紅雲龍飛東陸吳黃傑強靜剛輝鵬鑫韓馮鄧蕭葉蘇盧鍾譚鄒顧龔萬錢嚴賀羅許國華偉蘭鳳"
    "艷潔寧勝榮樹貴義禮賢興慶豐寶順廣開學書愛蓮蘋瑩瓊穎紹緯維綠綺純結經紅綱給絲線練縣總織繡續"
    "鐵鋼鋒銀銘錦鎮鐘鑒錄銳鈞銅鈴閩聞閔問閣闊關間閃門陽陰際階隊隨雋離難電霧頁項順須預領頤願顯風"
    "飯飲館馳駿驕騰驚魯鮑鮮鳥鳴鴻鶴麥齊齡龐師帥島嶺嶽幣幫廠廳廬張彈彎後從復徐徹恆惡慧慮憲懷戰戲"
    "擁擇擔據據擴攝換揚撫撥數斷於時晉暉曉曆會條極構槍樓標樞樣橋機檔檢權歐歡歲歷殘殺氣決況減湯湧"
    "溝滅滿漁漢漸潤澤濟濤濱瀋瀏灣為烏無煙熱燈燒燦營爐爭爾牆獨獎獲環現瑋產畢畫異當療發盡監盤眾"
    "睿礦碼禎禪種稱穀穌積穩競筆筍節範築簡簽籃籌糧系紀約紋納紐終組細紳給絡統絹綜緒緣編緩縱"
    "罷習聖聯聰職聽肅腦膠腳臨興舉舊艦莊莖莫菸華蓋蔣蔭薩藍藝藥虛號蝦術衛衝補裝複見規視覺覽觀計訂"
    "訓記設訪證評詞詩話該詳語誠誌認說課調談請論諸諾謙講謝識譯議護讀變讓豪貝財責貨販貫貴買費貿資賈賓賞"
    "賢賣賴贊趨跡踐車軌軒軟較載輔輕輪輯輸轉農邊達遠適選遷還鄉鄰醫釋裡針釣鈔"
)
_SIMPLIFIED: Final = (
    "张陈刘杨赵孙马郑丽军红云龙飞东陆吴黄杰强静刚辉鹏鑫韩冯邓萧叶苏卢钟谭邹顾龚万钱严贺罗许国华伟兰凤"
    "艳洁宁胜荣树贵义礼贤兴庆丰宝顺广开学书爱莲苹莹琼颖绍纬维绿绮纯结经红纲给丝线练县总织绣续"
    "铁钢锋银铭锦镇钟鉴录锐钧铜铃闽闻闵问阁阔关间闪门阳阴际阶队随隽离难电雾页项顺须预领颐愿显风"
    "饭饮馆驰骏骄腾惊鲁鲍鲜鸟鸣鸿鹤麦齐龄庞师帅岛岭岳币帮厂厅庐张弹弯后从复徐彻恒恶慧虑宪怀战戏"
    "拥择担据据扩摄换扬抚拨数断于时晋晖晓历会条极构枪楼标枢样桥机档检权欧欢岁历残杀气决况减汤涌"
    "沟灭满渔汉渐润泽济涛滨沈浏湾为乌无烟热灯烧灿营炉争尔墙独奖获环现玮产毕画异当疗发尽监盘众"
    "睿矿码祯禅种称谷稣积稳竞笔笋节范筑简签篮筹粮系纪约纹纳纽终组细绅给络统绢综绪缘编缓纵"
    "罢习圣联聪职听肃脑胶脚临兴举旧舰庄茎莫烟华盖蒋荫萨蓝艺药虚号虾术卫冲补装复见规视觉览观计订"
    "训记设访证评词诗话该详语诚志认说课调谈请论诸诺谦讲谢识译议护读变让豪贝财责货贩贯贵买费贸资贾宾赏"
    "贤卖赖赞趋迹践车轨轩软较载辅轻轮辑输转农边达远适选迁还乡邻医释里针钓钞"
)
_TABLE: Final = str.maketrans(_TRADITIONAL, _SIMPLIFIED)


def simplified(text: str) -> str:
    return text if text.isascii() else text.translate(_TABLE)
